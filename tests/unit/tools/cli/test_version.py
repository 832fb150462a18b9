"""`minikeras --version`: one line for each thing that a description of a bug needs."""

import importlib.metadata
import platform
import sys

import llvmlite
import numpy as np
import pytest

import minikeras
from minikeras.config import kernel_compiler, threads
from minikeras.kernels import processor
from minikeras.kernels.machine import code_cache
from minikeras.kernels.registry import jit_disabled
from minikeras.tools.cli import main, program_name, version


@pytest.fixture
def shown(capsys):
    """A function that gives {name: value} of what is printed."""

    def show():
        with pytest.raises(SystemExit) as caught:
            main(["--version"])
        assert caught.value.code == 0
        return dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())

    return show


def test_all_parts_have_a_line(shown, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    rows = shown()
    assert rows["minikeras"] == f"{minikeras.__version__} in {minikeras.__path__[0]}"
    assert rows["Python"].startswith(platform.python_version())
    assert rows["system"].startswith(platform.system())
    assert (rows["numpy"], rows["llvmlite"]) == (np.__version__, llvmlite.__version__)
    assert set(version.LIBRARIES) <= set(rows)
    assert processor.target()[0] in rows["processor"].replace(",", "").split()
    assert rows["threads"] == str(threads())
    assert rows["compiler"] == ("none: NUMBA_DISABLE_JIT is set" if jit_disabled() else kernel_compiler())
    assert rows["cache"] == str(tmp_path / "minikeras")


def test_no_more_is_imported_than_needed_and_nothing_is_made(shown, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    before = set(sys.modules)
    shown()
    assert not {"numba", "tensorflow", "keras"} & (set(sys.modules) - before)
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_said(shown, monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    monkeypatch.setattr(code_cache, "chosen_folder", lambda: None)
    rows = shown()
    assert rows["numba"] == "not installed"
    assert not set(version.OPTIONAL_LIBRARIES) & set(rows)
    assert rows["cache"] == "none: the user has no home"


def test_without_llvmlite_the_processor_s_name_is_python_s(monkeypatch):
    def missing():
        raise ImportError("no llvmlite")

    monkeypatch.setattr(processor, "target", missing)
    assert version.processor_name().endswith((platform.processor(), platform.machine()))


def test_a_folder_that_is_not_used_is_said_with_the_reason(shown, monkeypatch):
    monkeypatch.setattr(code_cache, "refusal", lambda: "it belongs to user 7")
    assert shown()["cache"].endswith("(not used: it belongs to user 7)")


@pytest.mark.parametrize(
    "typed, name",
    [
        ("/usr/bin/minikeras", "minikeras"),
        ("C:/Scripts/minikeras.exe", "minikeras"),
        ("/lib/minikeras/__main__.py", "python -m minikeras"),
    ],
)
def test_the_program_is_named_as_it_was_typed(typed, name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [typed])
    assert program_name() == name
    with pytest.raises(SystemExit):
        main([])
    assert capsys.readouterr().err.startswith(f"usage: {name} COMMAND")
