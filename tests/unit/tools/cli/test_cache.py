"""`minikeras cache`: where compiled kernels lie, how much that is, and how they go."""

import os

import pytest

from minikeras.kernels.machine import code_cache
from minikeras.kernels.machine.code_cache import Entry
from minikeras.tools.cli import main


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of a cache with one function of 1000 bytes."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    code_cache.folder.cache_clear()
    Entry("function", "processor", "source").write(bytes(1000))
    yield tmp_path / "minikeras"
    code_cache.folder.cache_clear()


def test_the_folder_is_shown_with_its_size(cache, capsys):
    assert main(["cache"]) == 0
    assert capsys.readouterr().out == f"{cache}\n2 files, 1.04 KB\n"  # code, checksum and key
    assert len(list(cache.iterdir())) == 2


def test_the_folder_is_cleared_and_made_again(cache, capsys):
    assert main(["cache", "--clear"]) == 0
    assert capsys.readouterr().out == f"{cache}\nremoved: 2 files, 1.04 KB\n"
    assert not cache.exists()
    assert main(["cache"]) == 0
    assert capsys.readouterr().out == f"{cache}\n0 files, 0.00 B\n"
    code_cache.folder.cache_clear()
    entry = Entry("function", "processor", "source")
    entry.write(b"code")
    assert entry.read() == b"code"


def test_only_files_of_ours_are_removed(cache, capsys):
    (cache / "notes.txt").write_text("the user's")
    (cache / f"1-a{code_cache.UNFINISHED}").write_text("left over")
    assert main(["cache", "--clear"]) == 0
    assert "removed: 3 files" in capsys.readouterr().out
    assert [file.name for file in cache.iterdir()] == ["notes.txt"]


@pytest.mark.skipif(os.name != "posix", reason="owners and modes of files are POSIX's")
def test_a_folder_that_is_not_used_is_named_with_the_reason_and_can_be_cleared(cache, capsys):
    cache.chmod(0o777)
    assert main(["cache"]) == 0
    assert capsys.readouterr().out.splitlines()[2] == (
        "not used: others may write in it (its mode is 777, expected 700)"
    )
    assert main(["cache", "--clear"]) == 0
    assert not cache.exists()


def test_what_cannot_be_removed_is_an_error(cache, capsys, monkeypatch):
    def fail(path, missing_ok=False):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(code_cache.Path, "unlink", fail)
    assert main(["cache", "--clear"]) == 1
    assert f"Not all compiled kernels could be removed from {cache}: [Errno 13]" in capsys.readouterr().err


def test_a_user_without_a_home(capsys, monkeypatch):
    monkeypatch.setattr(code_cache, "chosen_folder", lambda: None)
    for options in ([], ["--clear"]):
        assert main(["cache", *options]) == 0
        assert "this user has no home folder" in capsys.readouterr().out
