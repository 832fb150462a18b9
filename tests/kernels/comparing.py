"""Runs `small_networks` in processes with other settings, and compares what came out."""

import os
import subprocess
import sys

import numpy as np

from tests.waiting import DEADLINE

# Of the largest value of an array, after up to nine steps: Winograd's transforms round to 1e-5, others to 1e-6.
ROUNDING = 3e-5


def results_of(folder, environments, programs):
    """{name: {key: array}} of what programs wrote, in a process for each name.

    Args:
        folder: for files.
        environments: {name: environment variables}.
        programs: {name: names of the programs to run}.
    """
    processes, results = {}, {}
    deadline = 5 * DEADLINE  # they share the processors, and Numba takes half a second for a kernel
    try:
        for name, variables in environments.items():
            file = str(folder / f"{name}.npz")
            command = [sys.executable, "-m", "tests.kernels.small_networks", file, *programs[name]]
            environment = {**os.environ, "PYTHONPATH": ".", "MINIKERAS_THREADS": "2", **variables}
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            processes[name] = subprocess.Popen(command, env=environment, **pipes)
        for name, process in processes.items():
            printed, _ = process.communicate(timeout=deadline)
            assert process.returncode == 0, printed
            with np.load(folder / f"{name}.npz") as file:
                results[name] = dict(file)
    finally:
        for process in processes.values():
            process.kill()  # nothing to a process that has ended
            process.wait(deadline)
            process.stdout.close()
    return results


def assert_same_results(expected, actual, name):
    """That all values of a program are the same but for rounding."""
    keys = [key for key in expected if key.startswith(f"{name}/") and not key.endswith("/kernels")]
    assert keys
    for key in keys:
        scale = max(1.0, float(np.abs(expected[key]).max(initial=0)))
        np.testing.assert_allclose(actual[key], expected[key], rtol=0, atol=ROUNDING * scale, err_msg=key)
