"""New Python processes that run a short script with one of the backends."""

import subprocess
from pathlib import Path

from minikeras.base.child_processes import python_command
from minikeras.tools.cli.bench import networks
from minikeras.tools.cli.bench.processes import IMPORTS

FIND_BENCHMARKS = f"import sys\nsys.path.append({str(Path(__file__).parents[1])!r})\n"

NETWORK = """
import runpy  # the file alone: `import minikeras.tools.cli…` would load minikeras into TensorFlow's process too
make, shape, _ = runpy.run_path({path!r})["NETWORKS"]["{network}"]
keras.utils.set_random_seed(0)
model = make(keras)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x = np.random.default_rng(0).uniform(size=({samples}, *shape)).astype("float32")
y = np.arange({samples}) % 10
"""


def network(name, samples):
    """Python text that makes `model`, compiled, and data `x` and `y` for it."""
    return NETWORK.format(path=networks.__file__, network=name, samples=samples)


def output_of(backend, script, **variables):
    """The last number that the script prints, 0 if nothing. See `outputs_of`."""
    return (outputs_of(backend, script, **variables) or [0.0])[-1]


def outputs_of(backend, script, **variables):
    """The numbers that the script prints. The script finds `keras`, `np` and the modules of `benchmarks`.

    Args:
        backend: "minikeras" or "tensorflow".
        script: Python text.
        **variables: of the environment. Bytecode may be kept, as usual, for any environment here.

    Raises:
        RuntimeError: the script failed.
    """
    command, environment = python_command(f"{FIND_BENCHMARKS}import numpy as np\n{IMPORTS[backend]}\n{script}")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(command, env={**environment, **variables}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"A process with {backend} failed:\n{done.stderr}")
    return [float(number) for number in done.stdout.split()]
