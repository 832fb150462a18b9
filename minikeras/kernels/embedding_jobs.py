"""Reading rows of a table of float32 or of integers as jobs, and which were read; `embedding.py` has the definitions.

Row indices are any integers, negative ones counting from the end. A first job makes them non-negative and counts the
out-of-range ones, so that the caller can raise the error.
"""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.registry import inlined_subroutine, subroutine
from minikeras.kernels.tasks import bytes_, floats, indices, integers, task_kernel

ELEMENTS_PER_TASK = 1 << 14
LINE_NUMBERS = 16  # of a cache line
NO_ZERO, NO_GROUP = np.zeros((0, 1), np.uint8), np.zeros(0, np.float32)


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
    row_indices = aligned(index.shape, np.int64)
    columns = _columns_per_task(rows)
    return [
        row_indices_job(index, -len(table), len(table), row_indices, wrong),
        add_numbered_rows.job(-(-table.shape[1] // columns), table, row_indices, rows, wrong, columns),
    ]


def scatter_max_rows_jobs(table, index, rows, wrong, sign):
    """The jobs that set table[index[k]] to the larger of it and rows[k] (the smaller if `sign` is −1), as above."""
    row_indices = aligned(index.shape, np.int64)
    columns = _columns_per_task(rows)
    return [
        row_indices_job(index, -len(table), len(table), row_indices, wrong),
        max_of_numbered_rows.job(-(-table.shape[1] // columns), table, row_indices, rows, wrong, sign, columns),
    ]


def _columns_per_task(rows):
    return max(LINE_NUMBERS, ELEMENTS_PER_TASK // max(1, len(rows)) // LINE_NUMBERS * LINE_NUMBERS)


def take_integer_rows_jobs(table, scale, index, rows, wrong, zero=None, group=None, nibbles=False):
    """The jobs that set the rows to the floats of integers, as `FloatRows` defines them.

    Args:
        table: (rows, width) of int8; with `nibbles` pairs of neighbours in a byte.
        scale: (rows,), or with groups (rows, groups), as is `zero`, int8.
        group: (width,), float32: the group of each element of a row.
        index, rows, wrong: as in `take_rows_jobs`.
    """
    row_indices = aligned(index.shape, np.int64)
    per_task = max(1, ELEMENTS_PER_TASK // max(1, rows.shape[1]))
    grouped = zero is not None
    return [
        row_indices_job(index, -len(table), len(table), row_indices, wrong),
        take_integer_rows.job(
            -(-len(rows) // per_task), table.view(np.uint8), scale.reshape(len(table), -1),
            zero.view(np.uint8) if grouped else NO_ZERO, group if grouped else NO_GROUP,
            row_indices, rows, int(nibbles), per_task,
        ),
    ]  # fmt: skip


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
def take_integer_rows(
    task,
    table: bytes_(2),
    scale: floats(2),
    zero: bytes_(2),
    group: floats(1),
    row_indices: integers(1),
    rows: floats(2),
    nibbles: int,
    rows_per_task: int,
):
    """Some of the rows: q / scale, or (q − zero[g]) · scale[g]."""
    for k in range(task * rows_per_task, min(len(rows), (task + 1) * rows_per_task)):
        number, target = row_indices[k], rows[k]
        source, factors = table[number], scale[number]
        for j in range(len(target)):
            value = signed(source[j], 8) if nibbles == 0 else signed((source[j // 2] >> (4 * (j % 2))) & 15, 4)
            if len(zero) == 0:
                target[j] = np.float32(value) / factors[0]
            else:
                g = min(max(int(group[j]), 0), len(factors) - 1)  # a file may hold any
                target[j] = np.float32(value - signed(zero[number, g], 8)) * factors[g]


@inlined_subroutine
def signed(value, bits):
    """The signed integer that the lowest bits of a non-negative one represent."""
    return value - (1 << bits) if value >> (bits - 1) else value


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


@task_kernel
def max_of_numbered_rows(
    task,
    table: floats(2),
    row_indices: integers(1),
    rows: floats(2),
    wrong: integers(1),
    sign: float,
    columns_per_task: int,
):
    """Raise some columns of the table's rows."""
    first, last = task * columns_per_task, min(table.shape[1], (task + 1) * columns_per_task)
    if wrong[0] == 0:
        for k in range(len(rows)):
            source, target = rows[k, first:last], table[row_indices[k], first:last]
            for j in range(last - first):
                value, best = source[j], target[j]
                target[j] = best if value * sign <= best * sign or best != best else value
