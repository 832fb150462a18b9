"""Files and folders that appear whole or not at all."""

import os

import pytest

from minikeras.formats import replacing
from minikeras.formats.replacing import may_replace, replacing_folder


def write_half(path):
    path.write_text("half")
    raise OSError("disk full")


def test_a_fault_while_writing_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "f.txt"
    path.write_text("earlier")
    with pytest.raises(OSError, match="disk full"), replacing.replacing(path) as unfinished:
        write_half(unfinished)
    assert path.read_text() == "earlier"
    assert os.listdir(tmp_path) == ["f.txt"]


def test_the_new_file_keeps_the_permissions_of_the_old_one(tmp_path):
    path = tmp_path / "f.txt"
    path.write_text("earlier")
    path.chmod(0o640)
    with replacing.replacing(path) as unfinished:
        unfinished.write_text("new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)


def test_what_a_link_points_to_is_replaced(tmp_path):
    (tmp_path / "real.txt").write_text("earlier")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    with replacing.replacing(tmp_path / "link.txt") as unfinished:
        unfinished.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_missing_folders_and_folders_in_place_of_files_are_reported(tmp_path):
    with pytest.raises(FileNotFoundError, match="makedirs"), replacing.replacing(tmp_path / "none" / "f.txt"):
        pass
    with pytest.raises(IsADirectoryError, match="is a folder"), replacing.replacing(tmp_path):
        pass


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    folder = tmp_path / "model"
    for text in ("one", "two"):
        with replacing_folder(folder, ("a.txt",)) as unfinished:
            (unfinished / "a.txt").write_text(text)
    with pytest.raises(OSError, match="disk full"), replacing_folder(folder, ("a.txt",)) as unfinished:
        write_half(unfinished / "a.txt")
    assert (folder / "a.txt").read_text() == "two"
    assert os.listdir(tmp_path) == ["model"]


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    words = r"holds other things: \['thesis\.tex'\]"
    with pytest.raises(FileExistsError, match=words), replacing_folder(tmp_path, ("a.txt",)):
        pass
    assert (tmp_path / "thesis.tex").exists()


@pytest.mark.parametrize("answers, replaced", [(["y"], True), (["n"], False), (["what", " Y "], True)])
def test_the_user_is_asked(tmp_path, monkeypatch, answers, replaced):
    (tmp_path / "f").touch()
    monkeypatch.setattr("builtins.input", lambda prompt: answers.pop(0))
    assert may_replace(tmp_path / "f", overwrite=False) is replaced
    assert not answers


def test_where_nobody_can_be_asked_a_file_is_kept(tmp_path):
    (tmp_path / "f").touch()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        may_replace(tmp_path / "f", overwrite=False)
    assert may_replace(tmp_path / "other", overwrite=False)
