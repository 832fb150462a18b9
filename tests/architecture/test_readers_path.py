"""What a reader has to get through: the lines, functions and files that a step and a `fit` run in a debugger.

The bounds are figures that have been reached, and 1 % for other versions of Python; lower them when a path gets
shorter. To see which lines a path has:

    python -m tests.architecture.readers_path --list mlp fit
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="list comprehensions are functions of their own")
ROOT = Path(__file__).parents[2]

AT_MOST = {  # (lines, functions, files) of the package that one run executes
    "mlp step": (1105, 228, 69),
    "mlp fit": (1420, 300, 81),
    "cnn step": (1342, 288, 81),
    "cnn fit": (1657, 360, 93),
}
TO_THE_PRODUCT = (7, 6)  # frames and files from `train_step` down to the matrix product
CLASSES_ABOVE = {"Dense": 5, "Conv2D": 6, "GRU": 5, "Sequential": 8}  # without `object`


@pytest.fixture(scope="module")
def measured():
    """The figures of `readers_path.py`, in a process of its own: a coverage tool or debugger would be measured too."""
    settings = {"MINIKERAS_PLANS_UNDER_DEBUGGER": "1", "MINIKERAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.architecture.readers_path"]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("path", AT_MOST)
def test_the_path_does_not_get_longer(measured, path):
    found, bounds = measured["paths"][path], AT_MOST[path]
    names = ("lines", "functions", "files")
    longer = [f"{n} {name}, at most {most}" for name, n, most in zip(names, found, bounds, strict=True) if n > most]
    kind, method = path.split()
    assert not longer, f"{path}: {longer}. See `python -m tests.architecture.readers_path --list {kind} {method}`"


def test_few_frames_are_between_train_step_and_the_product(measured):
    frames = measured["to_the_product"]
    assert (len(frames), len({file for file, _ in frames})) <= TO_THE_PRODUCT, frames


@pytest.mark.parametrize("name", CLASSES_ABOVE)
def test_few_classes_stand_above_a_class(measured, name):
    assert len(measured["classes_above"][name]) <= CLASSES_ABOVE[name], measured["classes_above"][name]
