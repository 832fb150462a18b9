"""How long a new process takes: the import alone, and with the first training step.

Kernels are compiled when they are first needed and kept on disk. "cold" is a machine that has never run minikeras: the
folder for compiled kernels is empty.
"""

import tempfile

import numpy as np
import pytest

from benchmarks.goals import Goal
from benchmarks.processes import output_of

ROUNDS = 2  # of processes that take seconds
SAME_LOSS = 1e-5
STEP = """
from minikeras.cli.bench.networks import NETWORKS
keras.utils.set_random_seed(0)
make, shape, _ = NETWORKS["{network}"]
model = make(keras)
model.compile("adam", "sparse_categorical_crossentropy")
x = np.random.default_rng(0).uniform(size=(32, *shape)).astype("float32")
print(model.train_on_batch(x, np.arange(32) % 10))
"""


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


@pytest.mark.parametrize("network", ["MLP", "CNN"])
def test_import_and_first_training_step(side_by_side, tf, kept_kernels, network):
    script = STEP.format(network=network)
    output_of("minikeras", script, NUMBA_CACHE_DIR=kept_kernels)  # compiles and keeps the kernels
    side_by_side(
        f"import and first training step, {network}",
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
