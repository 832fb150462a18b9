"""Kernels as ordinary Python: what a debugger stops in, and the parts of which that is made."""

import ctypes
import os
import subprocess
import sys

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.job_lists import run
from minikeras.kernels.observers import observing_kernels
from minikeras.kernels.python_form import python_form
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import bytes_, floats, indices, integers, task_kernel
from tests.waiting import DEADLINE

STOPS = """
import bdb, sys
from collections import Counter
import numpy as np
import minikeras as keras
from minikeras.kernels import blocks
from minikeras.kernels.convolution import winograd

class Stops(bdb.Bdb):
    counts = Counter()
    def user_line(self, frame):
        if self.break_here(frame):
            self.counts[frame.f_code.co_name] += 1
        self.set_continue()

keras.config.set_convolution_algorithm("winograd")
model = keras.Sequential([keras.Input((8, 8, 16)), keras.layers.Conv2D(16, 3, padding="same")])
x = np.ones((4, 8, 8, 16), "float32")
debugger = Stops()
for record in (winograd.winograd_tiles, winograd.load_tile, blocks.multiply_rows):
    code = record.function.__code__
    assert debugger.set_break(code.co_filename, max(line for _, _, line in code.co_lines() if line)) is None
debugger.runcall(model.predict, x, verbose=0)
print(*sorted(debugger.counts))
"""


def test_a_debugger_stops_in_tasks_subroutines_and_micro_kernels():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": "."}
    command = [sys.executable, "-W", "error", "-c", STOPS]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines()[-1] == "load_tile multiply_rows winograd_tiles"


# --- the parts --------------------------------------------------------------------------------------------------------


def test_an_address_is_a_view_of_what_lies_there():
    numbers = np.arange(24, dtype=np.float32)
    start = numbers.ctypes.data
    assert np.array_equal(view(start, (2, 3)), [[0, 1, 2], [3, 4, 5]])
    assert np.array_equal(view(start + 4 * 20, (3, 2), (-8, 1)), [[20, 21], [12, 13], [4, 5]])
    assert np.array_equal(view(start, (2, 2), (0, 5)), [[0, 5], [0, 5]])
    assert view(start, (4, 0, 2), (1, 1, 1)).shape == (4, 0, 2)
    assert view(start, (3,), dtype=np.int32)[1] == ctypes.c_int32.from_address(start + 4).value
    view(start, (2,), (10,))[...] = 7
    assert np.flatnonzero(numbers == 7).tolist() == [0, 7, 10]


@subroutine
def doubled(x):
    return 2 * x


@subroutine
def inner(x):
    return doubled(x) + 1


def outer(x):
    return inner(x) + doubled(x)


def test_as_python_a_kernel_calls_subroutines_without_frames_between():
    linked = python_form(outer)
    assert linked(3) == 13
    assert linked.__code__ is outer.__code__
    assert linked.__globals__["doubled"] is doubled.function
    assert linked.__globals__["inner"].__code__ is inner.function.__code__


@task_kernel
def halve(task, x: floats(1)):
    """x / 2, in place."""
    for i in range(x.size):
        x[i] = x[i] * np.float32(0.5)


@task_kernel
def sum_of_bytes(task, small: bytes_(2), indices: indices(1), total: integers(1)):
    """What goes beyond the bytes' own range."""
    row = small[1]
    for i in range(row.size):
        total[0] += row[i] * 3 + (indices[i] << 8) + (0xFFFFFFFFFF ^ row[i])


def test_small_integers_are_read_as_64_bits_as_in_compiled_code():
    arguments = np.array([[0, 0], [255, 254]], np.uint8), np.array([1 << 30, -1], np.int32)
    totals = np.zeros(1, np.int64), np.zeros(1, np.int64)
    run([sum_of_bytes.job(1, *arguments, totals[0])])
    sum_of_bytes.job(1, *arguments, totals[1]).run_in_python()
    expected = 509 * 3 + ((1 << 38) - 256) + sum(0xFFFFFFFFFF ^ byte for byte in (255, 254))
    assert [int(total[0]) for total in totals] == [expected, expected]


def test_observers_see_what_runs_and_nothing_after():
    seen, x = [], np.ones(3, np.float32)
    with observing_kernels(lambda kernel: seen.append(kernel.name)):
        run([halve.job(1, x)])
    run([halve.job(1, x)])
    assert seen == ["halve"]
