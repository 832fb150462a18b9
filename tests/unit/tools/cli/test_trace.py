"""`python -m minikeras trace`: steps of an unmodified script as a page; what the script prints stays the same."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from minikeras.tools.cli import trace
from minikeras.tools.cli.compare.one_step import CompareError, compare_step
from tests.unit.tools.tracing.networks import trace_of
from tests.waiting import DEADLINE

FIT = """
import numpy as np, sys
import keras
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(3, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
x = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
print(model.fit(x, np.arange(64) % 3, batch_size=8, epochs=2, verbose=0).history["loss"], sys.argv[1:])
"""
LOOP = """
import tensorflow as tf
tf.keras.utils.set_random_seed(0)
model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD(0.1)
x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
{decorator}
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(x) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss
for _ in range(6):
    print(float(step()))
"""


def run(command, *arguments, folder):
    line = [sys.executable, "-m", "minikeras", command, *arguments]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, timeout=DEADLINE, check=False)


def data_of(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text)[1])


@pytest.mark.full
def test_steps_of_a_script_are_written_and_its_output_is_the_same(tmp_path):
    (tmp_path / "script.py").write_text(FIT)
    options = ["--steps", "0,9", "--html", "page.html", "--input-gradients"]
    traced = run("trace", *options, "script.py", "--own", "1", folder=tmp_path)
    assert traced.returncode == 0, traced.stderr
    assert traced.stdout == run("run", "script.py", "--own", "1", folder=tmp_path).stdout
    data = data_of(tmp_path / "page.html")
    assert [step["number"] for step in data["steps"]] == [0, 9]
    assert data["steps"][0]["loss"] > data["steps"][1]["loss"] > 0
    assert all(next(e for e in step["events"] if e["kind"] == "gradient")["outputs"] for step in data["steps"])
    assert all("0" in step["gradients"] for step in data["steps"])  # of x
    assert "written to page.html" in traced.stderr


@pytest.mark.full
@pytest.mark.parametrize("decorator, options", [("", []), ("@tf.function", []), ("@tf.function", ["--eager"])])
def test_loops_are_recorded(tmp_path, decorator, options):
    (tmp_path / "loop.py").write_text(LOOP.format(decorator=decorator))
    traced = run("trace", "--steps", "1,4", "--html", "page.html", *options, "loop.py", folder=tmp_path)
    assert traced.returncode == 0, traced.stderr
    losses = [float(line) for line in traced.stdout.splitlines()]
    steps = data_of(tmp_path / "page.html")["steps"]
    means = [[e for e in step["events"] if e["kind"] == "op" and e["name"] == "Mean"] for step in steps]
    values = [
        step["values"][found[-1]["outputs"][0]]["statistics"]["mean"] for step, found in zip(steps, means, strict=True)
    ]
    assert values == pytest.approx([losses[1], losses[4]], rel=1e-6)
    assert ("every tf.function runs line by line" in traced.stderr + traced.stdout) == bool(decorator and not options)


@pytest.mark.full
def test_a_script_goes_on_to_its_end_unless_it_is_to_stop(tmp_path):
    (tmp_path / "script.py").write_text(f"{FIT}\nprint('end')")
    (tmp_path / "loop.py").write_text(LOOP.format(decorator="@tf.function"))
    whole = run("trace", "--steps", "0,2", "script.py", folder=tmp_path)
    assert whole.stdout.endswith("end\n")
    assert "the script runs to its end" in whole.stderr
    for script, printed in (("script.py", 0), ("loop.py", 3)):
        stopped = run("trace", "--steps", "0,2", "--stop", script, folder=tmp_path)
        assert stopped.returncode == 0, stopped.stderr
        assert len(stopped.stdout.splitlines()) == printed
        assert [step["number"] for step in data_of(tmp_path / "trace.html")["steps"]] == [0, 2]


@pytest.mark.full
def test_a_script_without_such_a_step_says_so(tmp_path):
    (tmp_path / "script.py").write_text("import keras")
    traced = run("trace", "script.py", folder=tmp_path)
    assert traced.returncode == 1
    assert "no step with a number of 0 was seen" in traced.stderr
    assert "numbers of steps" in run("trace", "--steps", "-1", "script.py", folder=tmp_path).stderr
    unread = run("trace", "none.py", folder=tmp_path)
    assert unread.returncode == 2
    assert len(unread.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "steps, page, budget, message",
    [
        ("0", "nowhere/page.html", 1.0, "in a folder that exists"),
        ("0", ".", 1.0, "in a folder that exists"),
        ("first", "page.html", 1.0, "numbers of steps such as 0,1,100"),
        ("", "page.html", 1.0, "Received: ''"),
        ("0,-1", "page.html", 1.0, "0 or more"),
        ("0", "page.html", -1.0, "`--budget` takes megabytes"),
        ("0", "page.html", float("nan"), "`--budget` takes megabytes"),
        ("0", "page.html", float("inf"), "`--budget` takes megabytes"),
    ],
)
def test_arguments_are_checked_before_the_script_runs(steps, page, budget, message, capsys, tmp_path):
    given = {"budget": budget, "script": "none.py", "arguments": [], "input_gradients": False, "stop": False}
    assert trace.run(SimpleNamespace(steps=steps, html=str(tmp_path / page), **given)) == 2
    assert message in capsys.readouterr().err


def test_a_page_that_cannot_be_written_is_written_elsewhere(tmp_path, capsys):
    arguments = SimpleNamespace(html=str(tmp_path / "gone" / "page.html"), machine=False, script="script.py")
    trace._write(trace_of("MLP"), arguments, {})
    said = capsys.readouterr().err
    assert "could not be written" in said
    path = Path(re.search(r"written to (.*)", said)[1])
    assert len(data_of(path)["steps"]) == 1
    shutil.rmtree(path.parent)


def test_a_step_of_a_script_that_is_not_there_is_not_compared():
    with pytest.raises(CompareError, match=r"nowhere\.py"):
        compare_step("nowhere.py", [], 0)


@pytest.mark.full
def test_ctrl_c_leaves_the_page_of_the_steps_so_far(tmp_path):
    (tmp_path / "script.py").write_text(f"{FIT}\nraise KeyboardInterrupt\n")
    traced = run("trace", "--html", "page.html", "script.py", folder=tmp_path)
    assert traced.returncode != 0
    assert [step["number"] for step in data_of(tmp_path / "page.html")["steps"]] == [0]
