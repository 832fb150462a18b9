"""Sums over ranks that share memory, as jobs: a rank writes its values there, and adds those of all ranks.

The location of the memory changes from sum to sum, so the jobs read it from `positions`, four integers that are set
before each:

    positions[0]   where this rank writes           positions[2]   bytes from one rank's values to the next rank's
    positions[1]   where rank 0 has written         positions[3]   where the sums of chunks are

`collectives/window.py` does the same in NumPy, in the same order of additions: (rank 0 + rank 1) + rank 2 + …
"""

import numpy as np

from minikeras.kernels.addresses import floats_at
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

ELEMENTS_PER_TASK = 1 << 14
FLOAT_BYTES = 4


def _tasks(count):
    return -(-count // ELEMENTS_PER_TASK)


def write_job(array, positions, start, factor):
    """The job that writes factor · array after the first `start` values of this rank."""
    flat = array.reshape(-1)
    return write_to_window.job(_tasks(flat.size), flat, positions, start, factor, ELEMENTS_PER_TASK)


def add_job(positions, start, ranks, result):
    """The job that sets result = Σ over ranks of their values from `start` on."""
    flat = result.reshape(-1)
    return add_windows.job(_tasks(flat.size), positions, start, ranks, flat, ELEMENTS_PER_TASK)


def add_chunk_job(positions, chunk, ranks):
    """The job that adds the values of all ranks in a chunk, a slice, for all ranks to read."""
    count = chunk.stop - chunk.start
    return add_chunk.job(_tasks(count), positions, chunk.start, count, ranks, ELEMENTS_PER_TASK)


def read_job(positions, start, result):
    """The job that sets result = the sums of chunks from element `start` on."""
    flat = result.reshape(-1)
    return read_sums.job(_tasks(flat.size), positions, start, flat, ELEMENTS_PER_TASK)


@task_kernel
def write_to_window(task, array: floats(1), positions: integers(1), start: int, factor: float, per_task: int):
    """Some of the numbers."""
    first = task * per_task
    count = min(per_task, len(array) - first)
    target, weight = floats_at(positions[0] + FLOAT_BYTES * (start + first), count), np.float32(factor)
    for i in range(count):
        target[i] = weight * array[first + i]


@task_kernel
def add_windows(task, positions: integers(1), start: int, ranks: int, result: floats(1), per_task: int):
    """Some of the numbers."""
    first = task * per_task
    last = min(len(result), first + per_task)
    add_ranks(positions, start + first, ranks, result[first:last])


@task_kernel
def add_chunk(task, positions: integers(1), start: int, count: int, ranks: int, per_task: int):
    """Some of the numbers."""
    first = start + task * per_task
    length = min(per_task, start + count - first)
    add_ranks(positions, first, ranks, floats_at(positions[3] + FLOAT_BYTES * first, length))


@subroutine
def add_ranks(positions, start, ranks, result):
    """result = Σ over ranks of their values from `start` on, in the order of the ranks, two or more."""
    begin = positions[1] + FLOAT_BYTES * start
    one, other = floats_at(begin, len(result)), floats_at(begin + positions[2], len(result))
    for i in range(len(result)):
        result[i] = one[i] + other[i]
    for rank in range(2, ranks):
        more = floats_at(begin + rank * positions[2], len(result))
        for i in range(len(result)):
            result[i] += more[i]


@task_kernel
def read_sums(task, positions: integers(1), start: int, result: floats(1), per_task: int):
    """Some of the numbers."""
    first = task * per_task
    count = min(per_task, len(result) - first)
    sums = floats_at(positions[3] + FLOAT_BYTES * (start + first), count)
    for i in range(count):
        result[first + i] = sums[i]
