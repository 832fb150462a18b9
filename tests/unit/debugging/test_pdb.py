"""Breakpoints stop in every step: pdb, as people start it."""

import signal

import pytest

from tests.unit.debugging.children import (
    FOLDER,
    breakpoint_in_dense,
    commands_that_count,
    run_child,
    stops_by_phase,
)
from tests.unit.debugging.program import MODELS, STOPS, compiled, phases

PROGRAM = FOLDER / "program.py"


@pytest.mark.one_in(4)
@pytest.mark.parametrize("kind", MODELS)
def test_a_breakpoint_in_a_layer_stops_in_every_step(kind):
    output, errors = run_child("-m", "pdb", PROGRAM, kind, commands=commands_that_count(*breakpoint_in_dense()))
    stops = stops_by_phase(output)
    assert stops == dict.fromkeys(phases(compiled(kind)), STOPS), output
    (notice,) = [line for line in errors.splitlines() if "debugger is attached" in line]
    assert "(bdb)" in notice
    assert "set_plans_under_debugger(True)" in notice
    assert "MINIKERAS_PLANS_UNDER_DEBUGGER=1" in notice


def test_plans_under_a_debugger_if_wanted():
    output, errors = run_child(
        "-m",
        "pdb",
        PROGRAM,
        "sequential",
        commands=commands_that_count(*breakpoint_in_dense()),
        environment={"MINIKERAS_PLANS_UNDER_DEBUGGER": "1"},
    )
    stops = stops_by_phase(output)
    assert stops["fit"] == 4, output  # the steps that are traced
    assert stops["second fit"] == 0
    assert "debugger" not in errors


HEAD = """
import pdb
import signal
import numpy as np
import minikeras as keras
from minikeras import layers, ops
x, y = np.ones((40, 3), "float32"), np.ones((40, 2), "float32")

class Twice(layers.Layer):
    steps = 0

    def call(self, x):
        {line}
        return x * 2

def stops_sometimes():
    Twice.steps += 1
    if Twice.steps > 15:
        breakpoint()

def compiled(*more):
    model = keras.Sequential([keras.Input((3,)), *more, layers.Dense(2), layers.Dense(2)])
    model.compile("sgd", "mse")
    return model

"""
FIT = "\nprint('phase: fit')\ncompiled(Twice()).fit(x, y, batch_size=2, verbose=0)\n"


def run_script(tmp_path, text, commands):
    """Standard output and error of a script, to whose debugger the commands are given."""
    script = tmp_path / "script.py"
    script.write_text(text, encoding="utf-8")
    return run_child(script, commands=commands)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "line, stops",
    [
        ("breakpoint()", 20),
        ("pdb.set_trace()", 20),
        ("stop()", 20),
        ("pdb.Pdb().set_trace()", 20),
        ("stops_sometimes()", 5),
    ],
)
def test_a_breakpoint_in_the_code_stops_in_every_step(tmp_path, line, stops):
    text = (HEAD + "stop = pdb.set_trace\nshape_of = keras.Input((3,))\n" + FIT).format(
        line=f"hasattr(x, 'array') and {line}"
    )
    output, _ = run_script(tmp_path, text, ['print("\\nSTOP")', "continue"] * stops)
    assert stops_by_phase(output) == {"fit": stops}, output


def test_a_breakpoint_written_into_a_layer_of_minikeras_stops_in_every_step(tmp_path):
    text = HEAD.format(line="pass") + (
        "original = layers.Dense.call\n"
        "def call(self, inputs, training=None):\n"
        "    breakpoint()\n"
        "    return original(self, inputs)\n"
        "layers.Dense.call = call\n"
        "print('phase: fit')\n"
        "compiled().fit(x, y, batch_size=2, verbose=0)\n"
    )
    output, _ = run_script(tmp_path, text, ['print("\\nSTOP")', "continue"] * 40)
    assert stops_by_phase(output) == {"fit": 40}, output


def test_a_debugger_started_between_two_batches_counts_from_the_next_on(tmp_path):
    text = HEAD.format(line="pass") + (
        "class Stops(keras.callbacks.Callback):\n"
        "    def on_train_batch_end(self, batch, logs=None):\n"
        "        if batch == 12:\n"
        "            breakpoint()\n"
        "print('phase: fit')\n"
        "compiled(Twice()).fit(x, y, batch_size=2, verbose=0, callbacks=[Stops()])\n"
    )
    output, _ = run_script(tmp_path, text, commands_that_count(*breakpoint_in_dense()))
    assert stops_by_phase(output) == {"fit": 2 * 7}, output


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timer signals")
@pytest.mark.one_in(3)
@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_a_debugger_started_by_a_signal_while_many_batches_run_in_one_call(tmp_path, method):
    """It stops in the step that follows, long before the hundred thousand batches are over."""
    text = HEAD.format(line="pass") + (
        "x, y = np.ones((800_000, 3), 'float32'), np.ones((800_000, 2), 'float32')\n"
        "model = compiled()\n"
        "def run():\n"
        f"    model.{method}(x, {'' if method == 'predict' else 'y, '}batch_size=8, verbose=0)\n"
        "def attach(number, frame):\n"
        "    pdb.Pdb().set_trace(frame)\n"
        "run()\n"
        "signal.signal(signal.SIGALRM, attach)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.02)\n"
        "print('phase: run')\n"
        "while True:\n"
        "    run()\n"
    )
    file, line = breakpoint_in_dense()
    commands = [f"break {file}:{line}", *["continue", 'print("\\nSTOP")'] * 10]
    output, _ = run_script(tmp_path, text, commands)
    assert stops_by_phase(output) == {"run": 10}, output
