"""Processes that minikeras starts run nothing that lies in the working folder."""

import ast
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minikeras
from minikeras.base import child_processes
from minikeras.base.child_processes import IMPORT_MINIKERAS, library_command, python_command
from minikeras.kernels.registry import jit_disabled
from minikeras.tools.cli import main
from minikeras.tools.cli.bench.measuring import Worker, WorkerError
from minikeras.tools.cli.bench.processes import output_of
from minikeras.tools.cli.compare.processes import run_observed

ROOT = str(Path(minikeras.__file__).parents[1])
HOSTILE = """
import sys
with open({ran!r}, "a") as file:
    print({name!r}, sys.argv, file=file)
raise SystemExit(77)
"""
# Ours, our libraries', the standard library's (imported early, late or seldom), and what Python itself looks for.
NAMES = [
    *("minikeras", "numpy", "llvmlite", "numba", "h5py", "rich", "threadpoolctl", "scipy", "tbb", "cffi", "IPython"),
    *("json", "pickle", "socket", "threading", "multiprocessing", "subprocess", "ctypes", "inspect", "ast", "types"),
    *("signal", "tempfile", "struct", "queue", "selectors", "base64", "hmac", "secrets", "importlib", "runpy"),
    *("sitecustomize", "usercustomize", "ipykernel", "ipykernel_launcher", "tensorflow", "keras"),
]
PACKAGES = ("minikeras", "numpy", "importlib")  # those are folders


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """The working folder, full of modules that leave a mark when they are imported; a function that reads the marks."""
    folder, ran = tmp_path / "work", tmp_path / "ran"
    folder.mkdir()
    for name in NAMES:
        text = HOSTILE.format(ran=str(ran), name=name)
        if name in PACKAGES:
            (folder / name).mkdir()
            (folder / name / "__init__.py").write_text(text)
        else:
            (folder / f"{name}.py").write_text(text)
    monkeypatch.chdir(folder)
    return lambda: ran.read_text() if ran.exists() else ""


def test_the_trap_works(hostile):
    subprocess.run([sys.executable, "-c", "import numpy"], check=False, stderr=subprocess.DEVNULL)
    assert hostile().startswith("numpy")


TRAIN = """
import numpy as np
import minikeras as keras
from minikeras.kernels.machine import ahead

ahead.WAIT_SECONDS = 240  # its own process may be kept by others
started = []
start = ahead._start
ahead._start = lambda *arguments: started.extend(start(*arguments)) or started
model = keras.Sequential(
    [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.MaxPooling2D(),
     keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(np.ones((64, 8, 8, 3), "float32"), np.zeros(64), batch_size=16, verbose=0)
answered = [process.stdout.closed and process.returncode is not None for process, _ in started]
print(len(started), all(answered), len(list(ahead.code_cache.folder().glob("*.code"))))
"""


def train(script, cwd, **variables):
    """What a training from nothing prints, in a process of a script that lies elsewhere."""
    environment = {**os.environ, "MINIKERAS_THREADS": "2", **variables}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.one_in(2)
@pytest.mark.skipif(jit_disabled(), reason="nothing is compiled")
@pytest.mark.parametrize("path", [ROOT, f"{ROOT}{os.pathsep}"], ids=["plain", "with an empty entry that is set later"])
def test_a_training_from_nothing_runs_nothing_of_the_working_folder(path, hostile, tmp_path):
    script = tmp_path / "scripts" / "train.py"
    script.parent.mkdir()
    # PYTHONPATH with an empty entry means the working folder; this process itself shall not look there, children might.
    late = f"import os\nos.environ['PYTHONPATH'] = {path!r}\n"
    script.write_text(late + TRAIN)
    cache = tmp_path / "cache"
    started, ended, files = train(script, Path.cwd(), PYTHONPATH=ROOT, NUMBA_CACHE_DIR=str(cache))
    assert (started, ended) == ("1", "True")
    assert int(files) > 10
    assert hostile() == ""


DATA = """
import multiprocessing
import numpy as np
import minikeras as keras


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return np.ones((2, 1), "float32"), np.ones((2, 1), "float32")


if __name__ == "__main__":
    multiprocessing.set_start_method({method!r})
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(Batches(workers=2, use_multiprocessing=True), epochs=2, verbose=0)
    print("done")
"""


@pytest.mark.one_in(3)
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_workers_that_make_batches_run_nothing_of_the_working_folder(method, hostile, tmp_path):
    script = tmp_path / "scripts" / "data.py"
    script.parent.mkdir()
    script.write_text(DATA.format(method=method))
    assert train(script, Path.cwd(), PYTHONPATH=ROOT) == ["done"]
    assert hostile() == ""


def test_the_processes_of_bench_run_nothing_of_the_working_folder(hostile, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", ".", os.getcwd()]))
    with Worker("minikeras", 1) as worker, pytest.raises(WorkerError, match="KeyError: 'no such row'"):
        worker.ask(prepare="no such row", to=os.devnull)
    assert worker.process.returncode == 0
    assert output_of("minikeras", "print(len(keras.__path__), keras.ops.ones(3).numpy().sum())") == [1.0, 3.0]
    assert hostile() == ""


def test_the_processes_of_compare_run_nothing_of_the_working_folder(hostile, tmp_path):
    script = tmp_path / "scripts" / "script.py"
    script.parent.mkdir()
    script.write_text("import keras, json, beside\nprint(keras.ops.ones(beside.VALUE).numpy().sum())")
    script.with_name("beside.py").write_text("VALUE = 3")
    run = run_observed("minikeras", script, [], tmp_path / "recording", timeout=300)
    assert (run.status, run.stdout) == (0, "3.0\n")
    assert hostile() == ""


@pytest.mark.full
def test_a_notebook_s_kernel_starts_with_nothing_of_the_notebook_s_folder(hostile, capfd):
    nbformat = pytest.importorskip("nbformat")
    for name in ("nbclient", "ipykernel"):
        pytest.importorskip(name)
    cells = [nbformat.v4.new_code_cell("import tensorflow as tf, beside\nprint(tf.__file__, beside.VALUE)")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), "notebook.ipynb")
    Path("beside.py").write_text("VALUE = 41")
    assert main(["run", "notebook.ipynb"]) == 0
    assert capfd.readouterr().out.split() == [str(Path(minikeras.__path__[0], "compat/tensorflow/__init__.py")), "41"]
    assert hostile() == ""


WORKERS = """
import multiprocessing
import sys
import keras


def double(x):
    return keras.ops.add(x, x).numpy().tolist(), sys.modules["minikeras"].__path__[0]


if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(*pool.apply(double, ([1.0],)))
"""


def test_workers_of_a_script_get_this_minikeras_and_not_one_in_the_working_folder(hostile, tmp_path):
    script = tmp_path / "scripts" / "workers.py"
    script.parent.mkdir()
    script.write_text(WORKERS)
    Path("importlib", "__init__.py").unlink()
    for file in Path().glob("*.py"):  # modules of the standard library are `multiprocessing`'s to look for, not ours
        if file.stem in sys.stdlib_module_names:
            file.unlink()
    program = f"{IMPORT_MINIKERAS}from minikeras.tools.cli import main; sys.exit(main(['run', {str(script)!r}]))"
    command = [sys.executable, "-P", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == ["[2.0]", minikeras.__path__[0]]
    assert hostile() == ""


SEARCHED = "import sys; print([sys.path, sys.flags.safe_path, sys.flags.isolated, sys.modules['minikeras'].__path__])"


def output(command, environment=None):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300)
    return ast.literal_eval(done.stdout)


def test_a_process_of_libraries_knows_the_standard_library_and_these_only(hostile, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", str(tmp_path)]))
    path, safe, isolated, package = output(library_command(SEARCHED, np))
    assert (safe, isolated) == (1, 1)
    assert path[-1] == str(Path(np.__file__).parents[1])
    assert not {"", os.getcwd(), str(tmp_path), ROOT} & set(path)
    assert package == [str(child_processes.PACKAGE)]
    assert hostile() == ""


def test_a_process_with_all_that_is_installed_has_no_relative_folders(hostile, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", "relative", os.getcwd(), str(tmp_path), "/gone"]))
    command, environment = python_command(IMPORT_MINIKERAS + SEARCHED)
    path, safe, _, package = output(command, environment)
    assert safe
    assert path[:2] == [str(tmp_path), "/gone"]
    assert not {"", os.getcwd(), os.path.join(os.getcwd(), "relative")} & set(path)
    assert package == [str(child_processes.PACKAGE)]
    assert environment["PYTHONPATH"] == os.pathsep.join([str(tmp_path), "/gone"])
    monkeypatch.setenv("PYTHONPATH", "")
    assert "PYTHONPATH" not in child_processes.environment()
    assert hostile() == ""


def test_bytecode_is_kept_where_this_process_keeps_it(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    program = "import sys; print([sys.dont_write_bytecode, sys.pycache_prefix])"
    assert output(library_command(program, np)) == [True, str(tmp_path)]


def test_a_packed_program_starts_no_processes(monkeypatch):
    assert child_processes.can_start()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert not child_processes.can_start()
    monkeypatch.setattr(sys, "frozen", False)
    monkeypatch.setattr(sys, "executable", "")
    assert not child_processes.can_start()
