"""The products of recurrent jobs: small batches with a recurrent kernel that is packed once for all steps.

A task processes some samples through all steps, so threads never wait for each other. The packed kernel stays in the
second-level cache; the states and sums of a task's samples lie in its workspace, close together for any number of
steps, since rows of a (batch, steps, units) array often map to the same cache sets.
"""

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, floats_at
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import (
    LANES,
    NO_FLOOR,
    PANEL,
    copy_block,
    even_rows,
    multiply_block,
    pack_panel,
)
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, should_use_jobs, task_kernel

MAX_ROWS = 14  # per task: one block of the micro-kernel, so that threads find tasks to take over
ZERO = np.float32(0)
NO_BYTES = np.zeros((0, 0), np.uint8)
NO_ROWS = np.zeros((0, 0), np.float32)


def all_go_by_jobs(arrays):
    """Whether arrays, or None, fit jobs, and the first is large enough for them."""
    return should_use_jobs(*[x for x in arrays if x is not None])


def as_bytes(mask):
    """Booleans as contiguous bytes; None for None."""
    return None if mask is None else np.ascontiguousarray(mask, np.bool_).view(np.uint8)


def contiguous(*arrays):
    """The arrays, contiguous; None for None."""
    return [None if x is None else np.ascontiguousarray(x) for x in arrays]


def rows_of_a_task(batch):
    """(samples of a task, rows of a block)."""
    rows = even_rows(-(-batch // threads()), MAX_ROWS)
    return rows, even_rows(rows, block_shape()[0])


def padded(count):
    """The stride of a workspace's rows: no power of two, since those map to the same cache sets."""
    return (count + LANES - 1) // LANES * LANES + LANES


def pack_jobs(matrix, preparing=None):
    """([job], packed): the columns of a matrix (or of one transposed) in panels of 32."""
    terms, width = matrix.shape
    packed = aligned((-(-width // PANEL), terms * PANEL))
    row, column = (step // matrix.itemsize for step in matrix.strides)
    source = matrix if column == 1 else matrix.T
    job = pack_columns.job(len(packed), source, packed, terms, width, row, column)
    return [job if preparing is None else job.preparing(preparing)], packed


@task_kernel
def pack_columns(task, matrix: floats(2), packed: floats(2), terms: int, width: int, row: int, column: int):
    """One panel."""
    first = task * PANEL
    pack_panel(address(matrix, first * column), row, column, address(packed[task], 0), terms, min(PANEL, width - first))


@subroutine
def multiply_packed(rows, columns, terms, block_rows, a, a_row, packed, start, start_row, c, c_row):
    """C = start + A · B for a packed B, by addresses and row strides."""
    for column in range(0, columns, PANEL):
        for block in range(0, rows, block_rows):
            multiply_block(
                min(block_rows, rows - block), min(PANEL, columns - column),
                a + 4 * block * a_row, a_row, 1, 0,
                packed + 4 * column * terms, PANEL, 0, terms, 1,
                start + 4 * (block * start_row + column), start_row,
                c + 4 * (block * c_row + column), c_row, NO_FLOOR,
            )  # fmt: skip


@subroutine
def copy_line(source, target, count):
    """Copy `count` elements from one address to another."""
    copy_block(source, count, target, count, 1, count)


@subroutine
def fill_line(target, count):
    """Set `count` elements to zero."""
    floats_at(target, count)[:] = ZERO


@subroutine
def add_line(source, target, count):
    """target += source."""
    total, more = floats_at(target, count), floats_at(source, count)
    for j in range(count):
        total[j] += more[j]


@subroutine
def begin_states(given, first, rows, own, row_step, units):
    """Copy the states of some samples, `given` (batch, units) from `first` on, to the workspace; zeros if empty."""
    for row in range(rows):
        if given.shape[0] > 0:
            copy_line(address(given, (first + row) * units), own + 4 * row * row_step, units)
        else:
            fill_line(own + 4 * row * row_step, units)


@subroutine
def end_states(own, row_step, first, rows, result, units):
    """Copy the states in the workspace to `result` (batch, units), unless it is empty."""
    if result.shape[0] > 0:
        for row in range(rows):
            copy_line(own + 4 * row * row_step, address(result, (first + row) * units), units)


@subroutine
def state_before(h, first_h, sample, step, target, units):
    """The state at the start of a step."""
    if step > 0:
        copy_line(address(h, (sample * h.shape[1] + step - 1) * units), target, units)
    elif first_h.shape[0] > 0:
        copy_line(address(first_h, sample * units), target, units)
    else:
        fill_line(target, units)
