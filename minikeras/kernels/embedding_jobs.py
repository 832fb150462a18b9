"""Reading rows of a float32 table as jobs, and which rows were read; `embedding.py` has the definitions.

Row indices are any integers, negative ones counting from the end. A first job makes them non-negative and counts the
out-of-range ones, so that the caller can raise the error.
"""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, indices, integers, task_kernel

ELEMENTS_PER_TASK = 1 << 14
LINE_NUMBERS = 16  # of a cache line


def take_rows_jobs(table, index, rows, wrong):
    """The jobs that set rows[k] = table[index[k]], and wrong[0] to the number of invalid indices.

    Args:
        table: (rows, width).
        index: (k,), int32 or int64.
        rows: (k, width). Row 0 for an invalid index.
        wrong: (1,), int64.
    """
    row_indices = aligned(index.shape, np.int64)
    per_task = max(1, ELEMENTS_PER_TASK // max(1, table.shape[1]))
    return [
        row_indices_job(index, -len(table), len(table), row_indices, wrong),
        take_indexed_rows.job(-(-len(rows) // per_task), table, row_indices, rows, per_task),
    ]


def add_rows_jobs(table, index, rows, wrong):
    """The jobs that set table[index[k]] += rows[k] for each k, in order, and wrong[0] to the number of invalid indices.

    Arrays as in `take_rows_jobs`. If an index is invalid, nothing is added. A task takes some columns, since two
    rows may be added to one.
    """
    row_indices, width = aligned(index.shape, np.int64), table.shape[1]
    columns = max(LINE_NUMBERS, ELEMENTS_PER_TASK // max(1, len(rows)) // LINE_NUMBERS * LINE_NUMBERS)
    return [
        row_indices_job(index, -len(table), len(table), row_indices, wrong),
        add_numbered_rows.job(-(-width // columns), table, row_indices, rows, wrong, columns),
    ]


def row_indices_job(index, lowest, count, row_indices, wrong):
    """The job that sets row_indices to the rows, from 0 to count − 1, that indices denote.

    Those below `lowest`, or from `count` on, are invalid: they become 0, and wrong[0] is their number.
    """
    kernel = row_indices_int32 if index.dtype == np.int32 else row_indices_int64
    return kernel.job(1, index, lowest, count, row_indices, wrong)


@task_kernel
def row_indices_int32(task, index: indices(1), lowest: int, count: int, row_indices: integers(1), wrong: integers(1)):
    """Of int32 indices."""
    check_row_indices(index, lowest, count, row_indices, wrong)


@task_kernel
def row_indices_int64(task, index: integers(1), lowest: int, count: int, row_indices: integers(1), wrong: integers(1)):
    """Of int64 indices."""
    check_row_indices(index, lowest, count, row_indices, wrong)


@subroutine
def check_row_indices(index, lowest, count, row_indices, wrong):
    """See `row_indices_job`."""
    out_of_range = 0
    for k in range(len(index)):
        number = np.int64(index[k])
        known = lowest <= number < count
        out_of_range += 0 if known else 1
        row_indices[k] = (number + count if number < 0 else number) if known else 0
    wrong[0] = out_of_range


@task_kernel
def take_indexed_rows(task, table: floats(2), row_indices: integers(1), rows: floats(2), rows_per_task: int):
    """Copy some of the rows."""
    width = table.shape[1]
    for k in range(task * rows_per_task, min(len(rows), (task + 1) * rows_per_task)):
        source, target = table[row_indices[k]], rows[k]
        for j in range(width):
            target[j] = source[j]


@task_kernel
def add_numbered_rows(
    task, table: floats(2), row_indices: integers(1), rows: floats(2), wrong: integers(1), columns_per_task: int
):
    """Add some columns of the rows."""
    first, last = task * columns_per_task, min(table.shape[1], (task + 1) * columns_per_task)
    if wrong[0] == 0:
        for k in range(len(rows)):
            source, target = rows[k, first:last], table[row_indices[k], first:last]
            for j in range(last - first):
                target[j] += source[j]
