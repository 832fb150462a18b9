"""New Python processes that run a short script with one of the backends."""

import os
import subprocess
import sys

IMPORTS = {"minikeras": "import minikeras as keras", "tensorflow": "from tensorflow import keras"}


def output_of(backend, script, **variables):
    """What the script prints, as a number (0 if nothing): the script finds `keras` and `np`.

    Args:
        backend: "minikeras" or "tensorflow".
        script: Python text.
        **variables: of the environment. Bytecode may be kept, as it usually is, whatever the environment says here.

    Raises:
        RuntimeError: the script failed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", f"import numpy as np\n{IMPORTS[backend]}\n{script}"]
    done = subprocess.run(command, env={**environment, **variables}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"A process with {backend} failed:\n{done.stderr}")
    return float(done.stdout.split()[-1]) if done.stdout.strip() else 0.0
