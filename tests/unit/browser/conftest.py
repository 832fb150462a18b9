"""The files of Pyodide that tests share, or why there are none."""

import shutil

import pytest


@pytest.fixture(scope="session")
def pyodide_folder(tmp_path_factory):
    """A folder with Pyodide, NumPy and a wheel of this minikeras."""
    pytest.importorskip("pip", reason="pip builds the wheel")
    pytest.importorskip("setuptools", minversion="77")
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"Pyodide comes by npm and runs in Node: {program} is not installed.")
    from docs._ext import pyodide_files  # here: only these tests need it

    try:
        return pyodide_files.write_files(tmp_path_factory.mktemp("pyodide"))
    except pyodide_files.Unavailable as reason:
        pytest.skip(f"Pyodide's files cannot be had here. {reason}")
