"""How long a new process takes: the import, and the import with a first training step. Kernels are already on disk."""

import os
import subprocess
import sys

import numpy as np

STEP = """
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(10, activation="relu"), keras.layers.Dense(2)])
model.compile("adam", "mse")
print(model.train_on_batch(np.ones((32, 20)), np.ones((32, 2))))
"""
IMPORTS = {"minikeras": "import minikeras as keras", "tensorflow": "from tensorflow import keras"}
SAME_LOSS = 1e-5


def _process(backend, script):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", f"import numpy as np\n{IMPORTS[backend]}\n{script}"]
    return lambda: float(subprocess.run(command, env=environment, check=True, capture_output=True).stdout or 0)


def _compare(side_by_side, tf, group, script):
    side_by_side(
        group,
        minikeras=_process("minikeras", script),
        tensorflow=tf and _process("tensorflow", script),
        check=lambda *results: np.testing.assert_allclose(results, results[0], rtol=SAME_LOSS),
        seconds=1.0,
    )


def test_import(side_by_side, tf):
    _compare(side_by_side, tf, "import", "")


def test_import_and_first_training_step(side_by_side, tf):
    _compare(side_by_side, tf, "import and first training step", STEP)
