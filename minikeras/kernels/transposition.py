"""Conversion of images from channels first to channels last and back: each transposes a matrix (channels, pixels).

In general, swapping two adjacent groups of axes transposes each matrix of a stack.

NumPy only records the strides of the reordered array, and copies element by element as soon as a kernel reads its
elements in order. On one core (Intel Sapphire Rapids) that takes 110 µs for 16×64×16×16 to channels last and 181 back;
the jobs take 78 and 80; with 8×32×56×56 it takes 241 and 608, the jobs 265 and 262. Several threads share the work, and
repeated reads use one copy.
"""

import math

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.blocks import LANES, transpose_tile
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import floats, should_use_jobs, task_kernel

BLOCK = 64  # columns of a task


def transposed(x, axes):
    """`np.transpose(x, axes)`, of large contiguous batches of images."""
    stack = None
    if x.ndim >= 4 and should_use_jobs(x):
        stack = as_stack(x.shape, axes)
    if stack is None or 1 in stack[1:]:
        return np.transpose(x, axes)
    y = aligned([x.shape[axis] for axis in axes])
    run_prepared(transposition_jobs, (x.reshape(stack), y.reshape(stack[0], stack[2], stack[1])))
    return y


def as_stack(shape, axes):
    """(count, rows, columns) if reordering the axes of an array transposes each of `count` matrices; None otherwise."""
    rank = len(axes)
    fixed = next((i for i in range(rank) if axes[i] != i), rank)
    if fixed == rank or list(axes[fixed:]) != [*range(axes[fixed], rank), *range(fixed, axes[fixed])]:
        return None
    return tuple(math.prod(shape[part]) for part in (slice(fixed), slice(fixed, axes[fixed]), slice(axes[fixed], rank)))


def transposition_jobs(x, y):
    """The jobs that set y[n, j, i] = x[n, i, j]."""
    blocks = len(x) * -(-x.shape[2] // BLOCK)
    blocks_per_task = -(-blocks // 32)
    return [transpose_column_blocks.job(-(-blocks // blocks_per_task), x, y, blocks_per_task)]


@task_kernel
def transpose_column_blocks(task, x: floats(3), y: floats(3), blocks_per_task: int):
    """y[n, j, i] = x[n, i, j] for some blocks of 64 columns j."""
    count, rows, columns = x.shape
    blocks = (columns + BLOCK - 1) // BLOCK
    for block in range(task * blocks_per_task, min(count * blocks, (task + 1) * blocks_per_task)):
        n, first = block // blocks, block % blocks * BLOCK
        last = min(columns, first + BLOCK)
        if rows < LANES or last - first < LANES:
            for j in range(first, last):
                for i in range(rows):
                    y[n, j, i] = x[n, i, j]
            continue
        source, target = address(x, n * rows * columns), address(y, n * rows * columns)
        for j in range(first, last, LANES):
            j = min(j, last - LANES)  # the last tile overlaps the one before, rather than being smaller
            for i in range(0, rows, LANES):
                i = min(i, rows - LANES)
                transpose_tile(source + 4 * (i * columns + j), columns, target + 4 * (j * rows + i), rows)
