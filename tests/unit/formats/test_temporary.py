"""Saving into folders that were half written, and what dead processes left behind."""

import os
import subprocess
import sys

import pytest

import minikeras as keras
from minikeras.formats import exchanging, temporary
from minikeras.formats.replacing import replacing, replacing_folder

NAMES = ("metadata.json", "config.json", "model.weights.h5", "assets")


def model():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])


@pytest.mark.parametrize("present", [(), NAMES[:1], NAMES[:2], (NAMES[2],), (".config.json.0123456789abcdef.part",)])
def test_a_folder_that_was_half_written_is_replaced(present, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for name in present:
        (folder / name).write_bytes(b"half")
    model().save(folder, zipped=False)
    assert keras.models.load_model(folder).built
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("missing", NAMES[:3])
def test_a_folder_that_is_half_there_is_refused_by_name(missing, tmp_path):
    model().save(tmp_path / "model", zipped=False)
    (tmp_path / "model" / missing).unlink()
    with pytest.raises(ValueError, match="model"):
        keras.models.load_model(tmp_path / "model")


def test_folders_exchange_their_names_where_the_system_cannot(tmp_path, monkeypatch):
    monkeypatch.setattr(exchanging, "_exchanged", lambda first, second: False)
    for text in ("one", "two"):
        with replacing_folder(tmp_path / "f", ("a",)) as unfinished:
            (unfinished / "a").write_text(text)
    assert (tmp_path / "f" / "a").read_text() == "two"
    assert os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize("reads", [True, False])
def test_a_folder_that_was_taken_away_comes_back(reads, tmp_path):
    """As if the process had died between taking the earlier folder away and putting the new one in its place."""
    folder = tmp_path / "model"
    model().save(folder, zipped=False)
    folder.rename(tmp_path / ".model.earlier")
    if reads:
        assert keras.models.load_model(folder).built
    else:
        with pytest.raises(RuntimeError), replacing_folder(folder, NAMES):
            raise RuntimeError
    assert os.listdir(tmp_path) == ["model"]


# --- leftovers -------------------------------------------------------------------------------------------------------

LEFTOVER = ".m.keras.0123456789abcdef.part"


def test_leftovers_of_the_same_file_are_removed_and_others_stay(tmp_path):
    others = {".other.keras.0123456789abcdef.part", ".m.keras.part", "m.keras.0123456789abcdef.part", ".m.keras.x.part"}
    for name in {LEFTOVER, *others}:
        (tmp_path / name).write_bytes(b"half")
    model().save(tmp_path / "m.keras")
    assert set(os.listdir(tmp_path)) == {"m.keras", *others}


def test_folders_and_links_among_the_leftovers(tmp_path):
    (tmp_path / "precious").write_text("keep")
    (tmp_path / ".m.keras.0000000000000000.part").symlink_to(tmp_path / "precious")
    (tmp_path / LEFTOVER).mkdir()
    (tmp_path / LEFTOVER / "inner").write_text("half")
    model().save(tmp_path / "m.keras")
    assert not (tmp_path / LEFTOVER).exists()
    assert (tmp_path / "precious").read_text() == "keep"


def test_what_a_living_process_writes_is_left_alone(tmp_path):
    script = (
        "import sys; from pathlib import Path; from minikeras.formats.temporary import temporary\n"
        "with temporary(Path(sys.argv[1])) as part: print(part, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "m.keras")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        part = process.stdout.readline().strip()
        model().save(tmp_path / "m.keras")
        assert os.path.exists(part)
        process.kill()
    assert os.path.exists(part)
    model().save(tmp_path / "m.keras")
    assert os.listdir(tmp_path) == ["m.keras"]


def test_names_as_long_as_a_file_system_allows(tmp_path):
    path = tmp_path / ("n" * 249 + ".keras")
    for _ in range(2):
        model().save(path)
    assert os.listdir(tmp_path) == [path.name]


def test_a_file_for_its_owner_alone_is_never_readable_by_others(tmp_path):
    path = tmp_path / "m"
    path.touch(0o600)
    with replacing(path) as unfinished:
        assert unfinished.stat().st_mode & 0o077 == 0
    assert path.stat().st_mode & 0o777 == 0o600


def test_where_there_are_no_locks_leftovers_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(temporary, "fcntl", None)
    (tmp_path / LEFTOVER).write_bytes(b"half")
    model().save(tmp_path / "m.keras")
    assert sorted(os.listdir(tmp_path)) == [LEFTOVER, "m.keras"]
