"""What pages of docs/ let a reader type, as a reader types it."""

import re
from pathlib import Path

import numpy as np

import minikeras as keras
from tests.unit.debugging.children import run_child

DOCS = Path(__file__).parents[3] / "docs"


def blocks(page, language=""):
    """The blocks of code in a page that are marked with a language."""
    found = re.findall(r"```(\w*)\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    return [text for marked, text in found if marked == language]


def test_the_session_in_a_kernel_shows_what_the_page_shows(tmp_path):
    file = tmp_path / "train.py"
    file.write_text(blocks("stepping_through_kernels.md", "python")[0], encoding="utf-8")
    first, *lines = blocks("stepping_through_kernels.md")[0].splitlines()
    assert first == "$ NUMBA_DISABLE_JIT=1 python -m pdb train.py"
    commands = [line.removeprefix("(Pdb) ") for line in lines if line.startswith("(Pdb) ")]
    output, _ = run_child("-m", "pdb", file, commands=[*commands, "where"], environment={"NUMBA_DISABLE_JIT": "1"})
    assert "\n".join(lines[len(commands) :]) in output
    assert "train_step()" in output


def test_the_page_on_traces_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inputs = keras.Input((8,))
    hidden = keras.layers.Dense(6, activation="relu", name="dense")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(3, name="head")(hidden))
    model.compile("adam", "mse")
    names = {"model": model, "x": np.ones((4, 8), "float32"), "y": np.ones((4, 3), "float32")}
    for block in blocks("seeing_inside.md", "python"):
        exec(block, names)
    assert {file.name for file in tmp_path.iterdir()} == {"step.html", "difference.html"}
