"""`minikeras learn`: lists, explains, checks, and remembers."""

import json
import sys

import pytest

from minikeras.base import system
from minikeras.tools.cli import main
from minikeras.tools.learn import beside_keras, progress
from tests.unit.tools.learn.test_exercises import SOLUTIONS, solution_of


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder, and a data folder of its own."""
    monkeypatch.setattr(progress, "user_data_folder", lambda name: tmp_path / "data" / name)
    monkeypatch.setattr(beside_keras, "tensorflow_is_installed", lambda: False)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_reader_begins_fails_and_solves(here, capsys):
    assert main(["learn"]) == 0
    assert "0 of 10 exercises solved" in capsys.readouterr().out

    assert main(["learn", "adam"]) == 0
    assert "minikeras learn check adam" in capsys.readouterr().out
    file = here / "learn_adam.py"
    assert "raise NotImplementedError" in file.read_text()

    file.write_text(solution_of("adam").replace("g**2", "g"))
    assert main(["learn", "check", "adam"]) == 1
    assert "✗ adam: missing term\n  Case: the first step. v is" in capsys.readouterr().out
    assert main(["learn", "adam"]) == 0  # it does not overwrite what the reader wrote
    assert "left as it is" in capsys.readouterr().out.replace("was left", "left")
    assert "g**2" not in file.read_text()

    assert main(["learn", "check", "adam", str(SOLUTIONS / "adam.py")]) == 0
    assert "Solved, at attempt 2." in capsys.readouterr().out
    main(["learn"])
    listed = capsys.readouterr().out
    assert "1 of 10 exercises solved" in listed
    assert "✓ adam" in listed


@pytest.mark.parametrize(
    "words, message",
    [
        (["dense2"], "There is no exercise 'dense2'"),
        (["check"], "Expected: learn"),
        (["check", "dense", "no.py"], "no.py cannot be read"),
        (["dense", "file.py"], "Expected: learn"),
    ],
)
def test_words_that_make_no_sense_are_refused(here, capsys, words, message):
    assert main(["learn", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_file_that_does_not_run_is_an_attempt(here, capsys):
    (here / "learn_dense.py").write_text("def dense(:\n")
    assert main(["learn", "check", "dense"]) == 1
    assert "SyntaxError" in capsys.readouterr().out
    assert progress.read() == {"dense": {"attempts": 1, "solved": None}}


def test_a_damaged_file_of_progress_is_begun_anew(here, capsys):
    progress.note_attempt("dense", True)
    progress.progress_file().write_text("{")
    assert progress.read() == {}
    assert "begun again" in capsys.readouterr().out
    progress.progress_file().write_text(json.dumps({"dense": 1, "adam": {"attempts": 3, "solved": None}}))
    assert progress.note_attempt("adam", False)["attempts"] == 4


def test_without_a_home_nothing_is_kept(here, monkeypatch):
    monkeypatch.setattr(progress, "user_data_folder", lambda name: None)
    assert progress.note_attempt("dense", True)["attempts"] == 1
    assert progress.read() == {}


def test_the_data_folder_is_where_platformdirs_says(monkeypatch, tmp_path):
    platformdirs = pytest.importorskip("platformdirs")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert str(system.user_data_folder("minikeras")) == platformdirs.user_data_dir("minikeras", appauthor=False)
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        assert str(system.user_data_folder("minikeras")) == platformdirs.user_data_dir("minikeras", appauthor=False)
