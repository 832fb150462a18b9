"""`python -m minikeras run`: what a script sees and leaves behind is the same as under plain python."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import minikeras
from tests.waiting import DEADLINE

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

ROOT = Path(minikeras.__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
RUN = ["-m", "minikeras", "run"]


def python(*arguments, cwd, **options):
    """Run this Python. Returns what it printed and its exit status."""
    options = {"env": ENVIRONMENT, "capture_output": True, "text": True, "check": False, "timeout": DEADLINE, **options}
    return subprocess.run([sys.executable, *map(str, arguments)], cwd=cwd, **options)


def assert_same_as_plain_python(*arguments, cwd, **options):
    """Run both ways; output, errors and exit status must be the same. Returns the outcome."""
    plain = python(*arguments, cwd=cwd, **options)
    ours = python(*RUN, *arguments, cwd=cwd, **options)
    assert ours.stdout == plain.stdout
    assert ours.stderr == plain.stderr
    assert ours.returncode == plain.returncode
    return ours


SCRIPTS = {
    "the names of a main module": """
import sys
print(__name__, __file__, __spec__, __package__, __doc__, type(__loader__), __cached__)
print(sys.modules["__main__"].__file__)
print(sys.argv, sys.path[0], type(__builtins__), "__annotations__" in vars() or True)
""",
    "the main guard": "if __name__ == '__main__': print('as main')",
    "standard input": "print(input() + '!', [line for line in __import__('sys').stdin])",
    "an exit status": "raise SystemExit(7)",
    "an exit with a message": "import sys; sys.exit('enough')",
    "an exit without anything": "import sys; sys.exit()",
    "an uncaught error": "def halve(x):\n    return x / 0\n\nprint('before')\nhalve(1)",
    "an error with a cause": """
try:
    {}["a"]
except KeyError as error:
    raise ValueError("no a") from error
""",
    "an error in an error's handler": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    None.x",
    "a group of errors": "raise ExceptionGroup('two', [ValueError('a'), TypeError('b')])",
    "a syntax error": "print(1)\ndef f(:\n",
    "wrong indentation": "if True:\nprint(1)",
    "an encoding of its own": b"# -*- coding: latin-1 -*-\nprint(len('\xe4\xf6'))",
    "an import from beside the script": "import neighbour; print(neighbour.VALUE, neighbour.__file__)",
    "a pickle of a class of its own": """
import pickle
class Point:
    pass
data = pickle.dumps(Point())
print(b"__main__" in data, type(pickle.loads(data)) is Point)
""",
    "what runs at exit": "import atexit; atexit.register(lambda: print('bye', __name__)); print('hello')",
    "a thread that outlives the script": """
import threading
threading.Thread(target=lambda: (threading.main_thread().join(), print("late", __name__))).start()
""",
    "an error hook of its own": """
import sys, traceback
def hook(kind, error, trace):
    print("caught", kind.__name__, [frame.name for frame in traceback.extract_tb(trace)], error.__traceback__ is trace)
sys.excepthook = hook
raise KeyError("x")
""",
    "runpy": "import runpy; print(runpy.run_path('neighbour.py', run_name='other')['VALUE'])",
    "argparse": """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("-x", type=int)
parser.add_argument("rest", nargs="*")
print(parser.parse_args())
""",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "neighbour.py").write_text("VALUE = 3\n")
    return tmp_path


@pytest.mark.one_in(8)
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_runs_as_under_plain_python(script, folder):
    source = SCRIPTS[script]
    (folder / "sub").mkdir()
    (folder / "script.py").write_bytes(source if isinstance(source, bytes) else source.encode())
    assert_same_as_plain_python("script.py", "-x", "3", "--", "-m", cwd=folder, input="first\nsecond\nthird\n")


def test_path_and_name_of_a_script_elsewhere(folder):
    (folder / "sub").mkdir()
    (folder / "real.py").write_text("import sys; print(__file__, sys.argv, sys.path[0]); import neighbour")
    (folder / "sub" / "link.py").symlink_to(folder / "real.py")
    assert_same_as_plain_python("sub/link.py", cwd=folder)
    assert_same_as_plain_python(folder / "real.py", "--full-traceback", cwd=folder / "sub")


def test_a_module_runs_as_main(folder):
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("print('package', __name__)")
    (folder / "package" / "parts.py").write_text("PART = 1")
    (folder / "package" / "__main__.py").write_text(
        "import sys\nfrom .parts import PART\nprint(__name__, __package__, __spec__.name, __file__, PART)\n"
        "print(sys.argv, sys.path[0])"
    )
    assert_same_as_plain_python("-m", "package", "-c", "--help", cwd=folder)
    assert_same_as_plain_python("-m", "neighbour", cwd=folder)


def test_a_folder_runs_its_main_module(folder):
    (folder / "app").mkdir()
    (folder / "app" / "part.py").write_text("PART = 1")
    (folder / "app" / "__main__.py").write_text(
        "import sys, part\nprint(__name__, repr(__package__), __spec__.name, __file__, sys.argv, sys.path[0])"
    )
    assert_same_as_plain_python("app", "x", cwd=folder)


def test_code_and_standard_input_run_as_main(folder):
    code = "import sys, neighbour; print(sys.argv, repr(sys.path[0]), __name__, neighbour.VALUE)\n"
    assert_same_as_plain_python("-c", code, "-m", "-c", "x", cwd=folder)
    assert_same_as_plain_python("-", "-x", cwd=folder, input=code)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("what", [["missing.py"], ["-m", "missing_module"], ["-m", "json"], ["empty"]])
def test_what_cannot_be_run_gives_python_s_message_and_status(what, folder):
    (folder / "empty").mkdir()
    plain, ours = python(*what, cwd=folder), python(*RUN, *what, cwd=folder)
    assert ours.returncode == plain.returncode
    assert ours.stderr.split(": ", 1)[1] == plain.stderr.split(": ", 1)[1]


def test_nothing_to_run_is_an_error(folder):
    done = python(*RUN, cwd=folder)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_ctrl_c_ends_the_script_as_under_python(folder):
    # In one line, and without marks below its columns, so that it does not matter how far it has come.
    (folder / "endless.py").write_text("import time\nwhile True: print('ready', flush=True), time.sleep(0.01)\n")
    outcomes = []
    for prefix in ([], RUN):
        process = subprocess.Popen(
            [sys.executable, *prefix, "endless.py"],
            cwd=folder,
            env={**ENVIRONMENT, "PYTHONNODEBUGRANGES": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=DEADLINE)
        outcomes.append((process.returncode, errors))
    assert outcomes[0] == outcomes[1]


TRAINING = """
import tensorflow as tf

class Tell(tf.keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 0:
            print("ready", flush=True)

model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
try:
    model.fit(tf.ones((10**6, 2)), tf.ones((10**6, 1)), epochs=10**6, batch_size=1, verbose=0, callbacks=[Tell()])
finally:
    print("weights:", len(model.get_weights()), flush=True)
"""


def test_ctrl_c_during_fit_ends_the_script_by_the_signal(folder):
    (folder / "training.py").write_text(TRAINING)
    process = subprocess.Popen(
        [sys.executable, *RUN, "training.py"],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGINT
    assert output == "weights: 2\n"
    assert "KeyboardInterrupt" in errors
    assert "model.fit(" in errors
    assert str(ROOT / "minikeras") not in errors


FAILING_INSIDE = """
import tensorflow as tf
class Mine(tf.keras.layers.Layer):
    def call(self, x):
        return tf.keras.layers.Dense(3)(x[0, 0])
Mine()(tf.keras.ops.ones((2, 2)))
"""


def test_an_error_inside_shows_the_script_s_lines_and_full_traceback_all(folder):
    (folder / "script.py").write_text(FAILING_INSIDE)
    short = python(*RUN, "script.py", cwd=folder)
    full = python(*RUN, "--full-traceback", "script.py", cwd=folder)
    assert short.returncode == full.returncode == 1
    assert str(ROOT / "minikeras") not in short.stderr
    assert short.stderr.endswith(
        "(Lines inside minikeras are left out; python -m minikeras run --full-traceback shows them.)\n"
    )
    assert str(ROOT / "minikeras" / "layers" / "layer.py") in full.stderr
    for done in (short, full):
        lines = [line.strip() for line in done.stderr.splitlines()]
        assert "return tf.keras.layers.Dense(3)(x[0, 0])" in lines
        assert "Mine()(tf.keras.ops.ones((2, 2)))" in lines
        assert "min_ndim=2" in done.stderr


IN_WORKERS = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import tensorflow as tf


class Task:
    def __init__(self, number):
        self.number = number


def work(task):
    import keras

    return f"{task.number} {tf.__file__} {keras.version()}"


if __name__ == "__main__":
    context = multiprocessing.get_context(METHOD)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        print(*pool.map(work, [Task(1), Task(2)]), sep="\\n")
"""


@pytest.mark.full
@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
@pytest.mark.parametrize("start", ["script", pytest.param("module", marks=pytest.mark.full)])
def test_worker_processes_see_the_same_modules(method, start, folder):
    if method == "fork" and sys.version_info >= (3, 12):
        pytest.skip("since Python 3.12 forking a process with threads gives a warning")
    (folder / "workers.py").write_text(IN_WORKERS.replace("METHOD", repr(method)))
    target = ["workers.py"] if start == "script" else ["-m", "workers"]
    done = python(*RUN, *target, cwd=folder)
    assert done.returncode == 0, done.stderr
    shim = ROOT / "minikeras" / "compat" / "tensorflow" / "__init__.py"
    assert done.stdout.splitlines() == [f"{number} {shim} 3.15.1" for number in (1, 2)]


def test_packages_of_these_names_are_never_imported(folder):
    for name in ("tensorflow", "keras", "tf_keras"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"raise SystemError('{name} itself was imported')")
    (folder / "script.py").write_text(
        "import sys, tensorflow, keras, tf_keras\nfrom tensorflow.keras import layers\n"
        "layers.Dense(1)(tensorflow.ones((1, 2)))\n"
        "print([n for n in sys.modules if n.startswith(('tensorflow.python', 'keras.src', 'jax', 'torch'))])"
    )
    assert python("script.py", cwd=folder).returncode == 1
    done = python(*RUN, "script.py", cwd=folder)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_detect_anomaly_names_the_op(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np, keras\n"
        "v = keras.Variable([[1.0], [1.0]])\n"
        "optimizer = keras.optimizers.SGD()\n"
        "with keras.GradientTape() as tape:\n"
        "    loss = keras.ops.mean(keras.ops.log(np.zeros((8, 2), 'float32') @ v))\n"
        "optimizer.apply([tape.gradient(loss, v)], [v])\n",
        encoding="utf-8",
    )
    outcome = python(*RUN, "--detect-anomaly", script, cwd=tmp_path)
    assert outcome.returncode == 1
    assert "first made by Log" in outcome.stderr
    assert "script.py:5: loss = keras.ops.mean(keras.ops.log(" in outcome.stderr
