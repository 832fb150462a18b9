"""Reductions over one axis of an array seen as (outer, n, inner) as jobs: sums, maxima and minima, any and all.

A reduction over several axes is one of these after the axes have been brought together (`strided_copies.py`). The sum
of a matrix over its rows alone, outer = 1, is in `column_jobs.py`, where it is split among the threads.
"""

import numpy as np

from minikeras.kernels.block_jobs import copy_row
from minikeras.kernels.column_jobs import add_to, clear, column_sums_jobs
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import bytes_, floats, task_kernel

CHUNK = 1 << 14  # elements that a task reads, at least
SUMS = 8  # of a line at a time
ZERO = np.float32(0)


def sum_jobs(x, y):
    """The jobs that set y[i, j] = Σ_k x[i, k, j]."""
    if len(x) == 1:
        return column_sums_jobs(x[0], y[0])
    if x.shape[2] == 1:
        return [sums_of_lines.job(*_cut(x), x[:, :, 0], y[:, 0], _per_task(x))]
    return [sums_of_blocks.job(*_cut(x), x, y, _per_task(x))]


def maximum_jobs(x, y):
    """The job that sets y[i, j] = max_k x[i, k, j], NaN where one of them is."""
    return [extremes_of_blocks.job(*_cut(x), x, y, 1.0, _per_task(x))]


def minimum_jobs(x, y):
    """The job that sets y[i, j] = min_k x[i, k, j], NaN where one of them is."""
    return [extremes_of_blocks.job(*_cut(x), x, y, -1.0, _per_task(x))]


def any_jobs(x, y):
    """The job that sets y[i, j] to whether any x[i, k, j] is true; both are bytes, 0 or 1."""
    return [agreements_of_blocks.job(*_cut(x), x, y, 1, _per_task(x))]


def all_jobs(x, y):
    """The job that sets y[i, j] to whether all x[i, k, j] are true; both are bytes, 0 or 1."""
    return [agreements_of_blocks.job(*_cut(x), x, y, 0, _per_task(x))]


def _per_task(x):
    return max(1, CHUNK // (x.shape[1] * x.shape[2]))


def _cut(x):
    return (-(-len(x) // _per_task(x)),)


@subroutine
def sum_of_line(line):
    """Σ of a vector: eight sums at a time, each of every eighth element."""
    whole, total = len(line) // SUMS * SUMS, ZERO
    if whole > 0:
        s0, s1, s2, s3, s4, s5, s6, s7 = ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO
        for k in range(0, whole, SUMS):
            s0 += line[k]
            s1 += line[k + 1]
            s2 += line[k + 2]
            s3 += line[k + 3]
            s4 += line[k + 4]
            s5 += line[k + 5]
            s6 += line[k + 6]
            s7 += line[k + 7]
        total = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
    for k in range(whole, len(line)):
        total += line[k]
    return total


@task_kernel
def sums_of_lines(task, x: floats(2), y: floats(1), per_task: int):
    """For some i, inner = 1."""
    for i in range(task * per_task, min(len(x), (task + 1) * per_task)):
        y[i] = sum_of_line(x[i])


@task_kernel
def sums_of_blocks(task, x: floats(3), y: floats(2), per_task: int):
    """For some i."""
    for i in range(task * per_task, min(len(x), (task + 1) * per_task)):
        clear(y[i])
        for k in range(x.shape[1]):
            add_to(y[i], x[i, k])


@task_kernel
def extremes_of_blocks(task, x: floats(3), y: floats(2), sign: float, per_task: int):
    """The largest sign · x for some i, times sign."""
    n, inner = x.shape[1], x.shape[2]
    for i in range(task * per_task, min(len(x), (task + 1) * per_task)):
        own = y[i]
        copy_row(x[i, 0], own)
        for k in range(1, n):
            line = x[i, k]
            for j in range(inner):
                value, best = line[j], own[j]
                own[j] = best if value * sign <= best * sign or best != best else value


@task_kernel
def agreements_of_blocks(task, x: bytes_(3), y: bytes_(2), wanted: int, per_task: int):
    """y = `wanted` where any x is, else the other value, for some i."""
    n, inner = x.shape[1], x.shape[2]
    for i in range(task * per_task, min(len(x), (task + 1) * per_task)):
        for j in range(inner):
            y[i, j] = 1 - wanted
        for k in range(n):
            for j in range(inner):
                if x[i, k, j] == wanted:
                    y[i, j] = wanted
