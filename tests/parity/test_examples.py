"""One script, two backends: the examples print the same numbers on both."""

import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("tensorflow")

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
SCRIPTS = ["first_network.py", "functional_two_branches.py", "custom_train_step.py", "gradient_tape_loop.py"]
SCRIPTS += ["saving_and_resuming.py"]
# Losses and accuracies after some 500 steps of training: the roundings of float32 have had time to grow, and one sample
# in 360 may fall on the other side.
AFTER_A_TRAINING = 5e-3


def last_numbers(script, backend, folder):
    """The numbers in the last line that an example prints."""
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, EXAMPLES / script, "--backend", backend]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    line = [line for line in done.stdout.splitlines() if line.strip()][-1]
    return np.array([float(number) for number in re.findall(r"\d+\.?\d*(?:e-?\d+)?", line)])


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_last_line_agrees(script, tmp_path):
    ours, theirs = (last_numbers(script, backend, tmp_path) for backend in ("minikeras", "tensorflow"))
    assert len(ours) > 0
    np.testing.assert_allclose(ours, theirs, atol=AFTER_A_TRAINING)
