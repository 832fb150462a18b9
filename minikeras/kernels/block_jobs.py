"""Blocks of arrays as jobs: zero padding, cropping and repetition. All float32.

Padding and cropping see an array as (n, a, b, c), whose last axis is contiguous, and apply to the last three axes.
"""

import numpy as np

from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

ZERO = np.float32(0)
CHUNK = 1 << 14  # elements that a task writes, at least


def pad_jobs(x, y, first):
    """The job that sets y[n, first₀ + i, first₁ + j, first₂ + k] = x[n, i, j, k], and 0 at the other positions."""
    rows = _rows_per_task(y.shape[3])
    return [pad_rows.job(-(-y.size // y.shape[3] // rows), x, y, *first, rows)]


def crop_jobs(x, first, y):
    """The job that sets y[n, i, j, k] = x[n, first₀ + i, first₁ + j, first₂ + k]."""
    rows = _rows_per_task(y.shape[3])
    return [crop_rows.job(-(-y.size // y.shape[3] // rows), x, *first, y, rows)]


def repeat_jobs(x, y):
    """The job that sets y[i, r, j] = x[i, j] for all r."""
    rows = _rows_per_task(y.shape[1] * y.shape[2])
    return [repeat_rows.job(-(-len(x) // rows), x, y, rows)]


def sum_of_repeats_jobs(dy, dx):
    """The job that sets dx[i, j] = Σ_r dy[i, r, j]."""
    rows = _rows_per_task(dy.shape[1] * dy.shape[2])
    return [sum_repeats.job(-(-len(dx) // rows), dy, dx, rows)]


def _rows_per_task(width):
    return max(1, CHUNK // width)


@subroutine
def add_scaled_row(source, factor, target):
    """target += factor · source, for vectors."""
    for j in range(len(target)):
        target[j] += factor * source[j]


@subroutine
def copy_row(source, target):
    """target = source, for vectors."""
    for j in range(len(target)):
        target[j] = source[j]


@subroutine
def clear_row(target):
    """target = 0, for a vector."""
    for j in range(len(target)):
        target[j] = ZERO


@task_kernel
def pad_rows(task, x: floats(4), y: floats(4), a: int, b: int, c: int, rows_per_task: int):
    """For some rows of y."""
    count, height, width, _ = y.shape
    for row in range(task * rows_per_task, min(count * height * width, (task + 1) * rows_per_task)):
        n, i, j = row // (height * width), row // width % height, row % width
        own = y[n, i, j]
        if i < a or i >= a + x.shape[1] or j < b or j >= b + x.shape[2]:
            clear_row(own)
        else:
            clear_row(own[:c])
            copy_row(x[n, i - a, j - b], own[c : c + x.shape[3]])
            clear_row(own[c + x.shape[3] :])


@task_kernel
def crop_rows(task, x: floats(4), a: int, b: int, c: int, y: floats(4), rows_per_task: int):
    """For some rows of y."""
    count, height, width, length = y.shape
    for row in range(task * rows_per_task, min(count * height * width, (task + 1) * rows_per_task)):
        n, i, j = row // (height * width), row // width % height, row % width
        source = x[n, i + a, j + b]
        copy_row(source[c : c + length], y[n, i, j])


@task_kernel
def repeat_rows(task, x: floats(2), y: floats(3), rows_per_task: int):
    """For some rows of x."""
    for i in range(task * rows_per_task, min(len(x), (task + 1) * rows_per_task)):
        for r in range(y.shape[1]):
            copy_row(x[i], y[i, r])


@task_kernel
def sum_repeats(task, dy: floats(3), dx: floats(2), rows_per_task: int):
    """For some rows of dx."""
    for i in range(task * rows_per_task, min(len(dx), (task + 1) * rows_per_task)):
        copy_row(dy[i, 0], dx[i])
        for r in range(1, dy.shape[1]):
            add_scaled_row(dy[i, r], np.float32(1), dx[i])
