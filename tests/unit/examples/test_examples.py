"""Every example runs to its end on minikeras."""

import os
import pathlib
import subprocess
import sys

import pytest

from tests.waiting import DEADLINE

EXAMPLES = pathlib.Path(__file__).parents[3] / "examples"
NEEDS_A_DOWNLOAD = {"fashion_mnist_cnn.py"}
SCRIPTS = sorted(
    path.relative_to(EXAMPLES).as_posix()
    for path in EXAMPLES.rglob("*.py")
    if path.name not in ("backend.py", "drawing.py") and path.name not in NEEDS_A_DOWNLOAD
)


# tests/parity/test_examples.py compares these with TensorFlow.
ON_BOTH_BACKENDS = {
    "custom_train_step.py",
    "first_network.py",
    "functional_two_branches.py",
    "gradient_tape_loop.py",
    "saving_and_resuming.py",
}


@pytest.mark.one_in(6)
@pytest.mark.parametrize("script", SCRIPTS)
def test_example_runs(script, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
    assert done.returncode == 0, done.stderr[-2000:]
