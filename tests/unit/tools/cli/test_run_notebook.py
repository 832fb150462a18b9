"""`python -m minikeras run notebook.ipynb`: the cells see minikeras, and what they print is printed."""

import signal
import subprocess
import sys

import pytest

import minikeras
from minikeras.tools.cli import main
from tests.waiting import DEADLINE

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")


@pytest.fixture
def notebook(tmp_path):
    """A function that writes a notebook with the given cells, and returns its path."""

    def write(*cells):
        code = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        path = tmp_path / "notebook.ipynb"
        nbformat.write(code, path)
        return str(path)

    return write


def test_cells_run_on_minikeras_in_the_notebook_s_folder(notebook, capfd, tmp_path):
    (tmp_path / "beside.py").write_text("VALUE = 41")
    path = notebook("import tensorflow as tf, beside\nprint(tf.__file__)", "%time y = beside.VALUE + 1", "y")
    assert main(["run", "--save", str(tmp_path / "done.ipynb"), path]) == 0
    printed = capfd.readouterr().out.splitlines()
    assert printed[0].startswith(minikeras.__path__[0])
    assert printed[-1] == "42"
    outputs = nbformat.read(tmp_path / "done.ipynb", as_version=4).cells[2].outputs
    assert outputs[0]["data"]["text/plain"] == "42"


@pytest.mark.one_in(2)
@pytest.mark.parametrize("switch, shows_inside", [([], False), (["--full-traceback"], True)])
def test_a_cell_that_fails_ends_the_run(switch, shows_inside, notebook, capfd):
    path = notebook("import keras", "keras.layers.Dense(3)(keras.ops.ones(()))", "print('never')")
    assert main(["run", *switch, path]) == 1
    out, err = capfd.readouterr()
    assert "never" not in out
    assert "min_ndim=2" in err
    assert ("layer.py" in err) is shows_inside


def test_what_is_no_notebook_is_reported(tmp_path, capfd):
    (tmp_path / "broken.ipynb").write_text("no json")
    assert main(["run", str(tmp_path / "broken.ipynb")]) == 1
    assert main(["run", str(tmp_path / "missing.ipynb")]) == 2
    assert main(["run", str(tmp_path / "broken.ipynb"), "argument"]) == 2
    errors = capfd.readouterr().err.splitlines()
    assert "is not a notebook" in errors[0]
    assert "missing.ipynb" in errors[-2]
    assert "takes no arguments" in errors[-1]


def test_without_nbclient_the_command_that_installs_it_is_named(notebook, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbclient", None)
    assert main(["run", notebook("1")]) == 2
    assert "python -m pip install nbclient nbformat ipykernel" in capfd.readouterr().err


@pytest.mark.full
def test_a_kernel_that_dies_is_reported(notebook, capfd):
    assert main(["run", notebook("print('alive', flush=True)", "import os; os._exit(3)", "print('never')")]) == 1
    out, err = capfd.readouterr()
    assert out == "alive\n"
    assert "the notebook's kernel ended before its last cell" in err


def test_ctrl_c_interrupts_the_cell_and_ends_the_run_by_the_signal(notebook):
    # Short sleeps, since a signal that arrives just before signal.pause() would be waited for in it.
    path = notebook("print('ready', flush=True)\nimport time\nwhile True: time.sleep(0.01)", "print('never')")
    command = [sys.executable, "-m", "minikeras", "run", path]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGINT
    assert out == ""
    assert "KeyboardInterrupt" in err
    assert "nbclient" not in err


def test_the_magic_of_a_notebook_of_one_s_own():
    cells = "%load_ext minikeras\nimport tensorflow as tf\nprint(tf.__file__)\n%unload_ext minikeras\n"
    cells += "import minikeras.compat\nprint(minikeras.compat.is_installed())"
    command = [sys.executable, "-m", "IPython", "--no-banner", "--quick", "--colors=NoColor", "-c", cells]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=DEADLINE)
    lines = done.stdout.splitlines()
    assert lines[-2].startswith(minikeras.__path__[0])
    assert lines[-1] == "False"


def test_options_that_do_not_fit_are_reported(tmp_path, capfd):
    path = str(tmp_path / "notebook.ipynb")
    assert main(["run", "-n", "2", path]) == 2
    assert main(["run", "--save", path, str(tmp_path / "script.py")]) == 2
    several, saved = capfd.readouterr().err.splitlines()
    assert "`-n` takes scripts" in several
    assert "`--save` takes notebooks" in saved
