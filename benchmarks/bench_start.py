"""How long a new process takes: the import alone, and with the first training step.

Kernels are compiled when they are first needed and kept on disk. "cold" is a machine that has never run minikeras: the
folder for compiled kernels is empty.
"""

import tempfile

import numpy as np
import pytest

from benchmarks.goals import Goal
from benchmarks.processes import network, output_of

ROUNDS = 2  # of processes that take seconds
SAME_LOSS = 1e-5
STEP = "print(model.train_on_batch(x, y)[0])"


@pytest.fixture(scope="module")
def kept_kernels():
    """A folder for compiled kernels that stays for all processes of this file."""
    with tempfile.TemporaryDirectory(prefix="minikeras_kernels_") as folder:
        yield folder


def _cold(script):
    with tempfile.TemporaryDirectory(prefix="minikeras_cold_") as empty:
        return output_of("minikeras", script, NUMBA_CACHE_DIR=empty)


def test_import(side_by_side, tf):
    side_by_side(
        "import",
        rounds=ROUNDS,
        seconds=0,
        minikeras=lambda: output_of("minikeras", ""),
        tensorflow=tf and (lambda: output_of("tensorflow", "")),
    )


@pytest.mark.parametrize("name", ["MLP", "CNN"])
def test_import_and_first_training_step(side_by_side, tf, kept_kernels, name):
    script = network(name, samples=32) + STEP
    output_of("minikeras", script, NUMBA_CACHE_DIR=kept_kernels)  # compiles and keeps the kernels
    side_by_side(
        f"import and first training step, {name}",
        goals=(
            Goal("import to first training step, kernels cached", 5),
            Goal("import to first training step, cold", 1, ours="cold"),
        ),
        check=lambda *losses: np.testing.assert_allclose(losses, losses[0], rtol=SAME_LOSS),
        rounds=ROUNDS,
        seconds=0,
        minikeras=lambda: output_of("minikeras", script, NUMBA_CACHE_DIR=kept_kernels),
        cold=lambda: _cold(script),
        tensorflow=tf and (lambda: output_of("tensorflow", script)),
    )
