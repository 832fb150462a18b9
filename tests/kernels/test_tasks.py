"""Task kernels: argument blocks, jobs in Python and compiled, and the thread pool that shares them."""

import os
import platform
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from minikeras.config import set_threads, threads
from minikeras.kernels.job_lists import JobList, run
from minikeras.kernels.machine import pool
from minikeras.kernels.registry import jit_disabled
from minikeras.kernels.tasks import argument_block, bytes_, floats, indices, integers, task_kernel
from tests.waiting import DEADLINE, run_together, wait_until

COMPILED = pytest.mark.skipif(jit_disabled(), reason="about compiled code: integers wrap around")


@task_kernel
def scale_rows(task, x: floats(2), y: floats(2), factor: float, rows_per_task: int):
    """y = factor · x for some rows."""
    for i in range(task * rows_per_task, min(len(x), (task + 1) * rows_per_task)):
        for j in range(x.shape[1]):
            y[i, j] = factor * x[i, j]


@task_kernel
def count_up(task, counts: integers(1), small: indices(1), tiny: bytes_(1)):
    """Adds the task's number plus one to each array's own place."""
    counts[task] += task + 1
    small[task] += task + 1
    tiny[task] += task + 1


@pytest.fixture
def two_threads():
    set_threads(2)
    yield
    set_threads(None)


def test_an_argument_block_holds_addresses_lengths_and_numbers():
    x = np.zeros((2, 3), np.float32)
    block = argument_block((floats(2), float, int), (x, 1.5, 7))
    assert block.tolist() == [x.ctypes.data, 2, 3, np.float64(1.5).view(np.int64), 7]


def test_compiled_tasks_compute_what_python_computes():
    x = np.arange(35, dtype=np.float32).reshape(7, 5)
    y, expected = np.zeros_like(x), np.zeros_like(x)
    scale_rows.job(3, x, expected, 2.5, 3).run_in_python()
    run([scale_rows.job(3, x, y, 2.5, 3)])
    assert np.array_equal(y, expected)
    assert np.array_equal(y, np.float32(2.5) * x)


@COMPILED
@pytest.mark.usefixtures("two_threads")
def test_every_task_runs_exactly_once_on_any_thread():
    arrays = [np.zeros(1000, dtype) for dtype in (np.int64, np.int32, np.uint8)]
    jobs = JobList([count_up.job(200, *arrays)] * 50)
    for _ in range(40):
        jobs.run()
    once = np.where(np.arange(1000) < 200, np.arange(1, 1001), 0)
    for array in arrays:
        assert np.array_equal(array, (once * 2000).astype(array.dtype))


@COMPILED
@pytest.mark.usefixtures("two_threads")
def test_several_python_threads_share_the_pool():
    totals = [np.zeros(64, np.int64) for _ in range(6)]
    spare = [(np.zeros(64, np.int32), np.zeros(64, np.uint8)) for _ in totals]

    def work(number):
        jobs = JobList([count_up.job(64, totals[number], *spare[number])])
        for _ in range(300):
            jobs.run()

    run_together(*[partial(work, number) for number in range(len(totals))])
    for total in totals:
        assert np.array_equal(total, 300 * np.arange(1, 65))


@COMPILED
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no such files on this system")
@pytest.mark.usefixtures("two_threads")
def test_an_idle_pool_uses_no_processor_time():
    def nanoseconds_of_computing():
        return Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text().split()[0]

    def computes_nothing():
        before = nanoseconds_of_computing()
        sum(number * number for number in range(10**6))
        return nanoseconds_of_computing() == before

    run([scale_rows.job(4, np.ones((8, 8), np.float32), np.ones((8, 8), np.float32), 2.0, 2)])
    (thread,) = pool._pool._threads
    wait_until(lambda: list(pool._pool._parked) == [1], "the other thread sleeps, or is about to")
    wait_until(computes_nothing, "the other thread computes nothing while Python does")


@pytest.mark.skipif(
    jit_disabled() or platform.machine().lower() not in ("x86_64", "amd64", "arm64", "aarch64"), reason="no such mode"
)
@pytest.mark.parametrize("count", [1, 2])
def test_denormal_numbers_count_as_zero_in_jobs_and_nowhere_else(count):
    tiny = np.full((8, 1), 1e-40, np.float32)
    results = np.full_like(tiny, 7)
    set_threads(count)
    run([scale_rows.job(8, tiny, results, 1.0, 1)])
    set_threads(None)
    assert (results == 0).all()
    assert (tiny * np.float32(1) > 0).all()


def test_the_number_of_threads_is_a_setting():
    set_threads(3)
    assert threads() == 3
    set_threads(None)
    assert threads() >= 1
    with pytest.raises(ValueError, match="positive integer"):
        set_threads(0)


def test_without_compilation_jobs_run_in_python():
    source = """
import numpy as np
from tests.kernels.test_tasks import scale_rows
from minikeras.kernels.job_lists import run
x = np.ones((4, 3), np.float32); y = np.zeros_like(x)
run([scale_rows.job(2, x, y, 3.0, 2)])
assert (y == 3).all()
import sys
assert "numba" not in sys.modules
"""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": "."}
    subprocess.run([sys.executable, "-c", source], check=True, env=environment, timeout=DEADLINE)
