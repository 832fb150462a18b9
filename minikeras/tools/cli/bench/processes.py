"""Workloads that are whole processes: from nothing to the first step or epoch; the memory that training needs."""

import os
import subprocess
import tempfile
from itertools import product
from pathlib import Path

from minikeras.base.child_processes import IMPORT_MINIKERAS, python_command
from minikeras.tools.cli.bench.workload import SAME_LOSS, Workload

IMPORTS = {
    "minikeras": f"{IMPORT_MINIKERAS}import minikeras as keras",
    "tensorflow": "from tensorflow import keras",
}
# The file of the networks is loaded by its path: TensorFlow's process must not pay for an import of minikeras.
TRAINING = """
import runpy
import numpy as np
make, shape, _ = runpy.run_path({networks!r})["NETWORKS"][{network!r}]
keras.utils.set_random_seed(0)
model = make(keras)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x = np.random.default_rng(0).uniform(size=({samples}, *shape)).astype("float32")
history = model.fit(x, np.arange({samples}) % 10, batch_size={batch}, shuffle=False, verbose=0)
print(history.history["loss"][-1])
"""
# On Linux the high-water mark of this very program: `ru_maxrss` of a child begins with what its parent had.
PEAK_MEMORY = """
try:
    print(1024 * int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]))
except OSError:
    import resource, sys
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
STARTS = ["MLP", "CNN"]
EPOCH_STEPS = 60
MEMORY = [("CNN", 128), ("VGG block", 64)] if os.name == "posix" else []  # network, batch; Windows has no `resource`
MEMORY_STEPS = 4


def training_of(network, batch, steps):
    """The text of a script that trains a network for some steps and prints the loss."""
    networks = str(Path(__file__).with_name("networks.py"))
    return TRAINING.format(networks=networks, network=network, batch=batch, samples=batch * steps)


def output_of(backend, script, **variables):
    """The numbers that a new process with the backend prints.

    Args:
        backend: "minikeras" or "tensorflow".
        script: Python text that finds `keras`.
        **variables: of its environment.

    Raises:
        RuntimeError: the process failed.
    """
    command, environment = python_command(f"{IMPORTS[backend]}\n{script}")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled Python is kept, as it usually is
    done = subprocess.run(command, env={**environment, **variables}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"a process with {backend} failed: {done.stderr.strip().splitlines()[-1]}")
    return [float(number) for number in done.stdout.split()]


def importing():
    """`import minikeras` or `from tensorflow import keras`, and the start and end of a process."""
    return Workload("import", "start", lambda side: lambda: output_of(side.backend, ""), warm_up=1, rounds=3)


def first_training(network, cold, steps=1):
    """A process that imports, builds the network and trains one epoch of batches of 32; the result is the loss.

    Args:
        network: its name.
        cold: whether no kernel has ever been compiled, so that there are none on disk.
        steps: batches of the epoch.
    """
    script = training_of(network, 32, steps)

    def make(side):
        def kept():
            return output_of(side.backend, script)

        def from_nothing():
            with tempfile.TemporaryDirectory(prefix="minikeras_cold_") as empty:
                return output_of(side.backend, script, NUMBA_CACHE_DIR=empty)

        return from_nothing if cold else kept

    end = "first training step" if steps == 1 else f"end of the first epoch of {steps} steps"
    title = f"{network}: import to {end}, {'nothing compiled yet' if cold else 'kernels on disk'}"
    return Workload(title, "start", make, tolerance=SAME_LOSS, warm_up=1, rounds=2 if cold else 3)


def peak_memory(network, batch):
    """The peak memory of a process that trains the network, including imports and data."""
    script = training_of(network, batch, MEMORY_STEPS) + PEAK_MEMORY

    def make(side):
        def loss_and_bytes():
            *loss, peak = output_of(side.backend, script)
            return loss, peak

        return loss_and_bytes

    title = f"{network}: peak memory of training, batch {batch}"
    return Workload(title, "memory", make, tolerance=SAME_LOSS, unit="bytes", warm_up=1, rounds=2)


WORKLOADS = [
    importing(),
    *(first_training(*case) for case in product(STARTS, (False, True), (1, EPOCH_STEPS))),
    *(peak_memory(*case) for case in MEMORY),
]
