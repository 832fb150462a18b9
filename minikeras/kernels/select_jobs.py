"""Comparisons, logic, and selection by boolean masks, as jobs. Masks are bytes, 0 or 1; arrays are flat."""

import numpy as np

from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import CHUNK, bytes_, floats, indices, integers, task_kernel

ZERO = np.float32(0)


def less_jobs(x, limit, mask, or_equal):
    """The job that sets mask = (x < limit), or (x ≤ limit)."""
    return [less_chunks.job(_tasks(x), x, limit, mask, int(or_equal))]


def greater_jobs(x, limit, mask, or_equal):
    """The job that sets mask = (x > limit), or (x ≥ limit)."""
    return [greater_chunks.job(_tasks(x), x, limit, mask, int(or_equal))]


LESS, LESS_EQUAL, EQUAL, NOT_EQUAL = range(4)
AND, OR, XOR = range(3)


def compare_jobs(a, b, mask, relation):
    """The job that sets mask = (a < b), or another relation, for two float32 arrays."""
    return [compare_chunks.job(_tasks(a), a, b, mask, relation)]


def compare_integers_jobs(a, b, mask, relation):
    """The same for two int32 arrays."""
    return [compare_integer_chunks.job(_tasks(a), a, b, mask, relation)]


def logic_jobs(a, b, mask, operation):
    """The job that sets mask = a and b, or another operation of two masks."""
    return [logic_chunks.job(_tasks(a), a, b, mask, operation)]


def select_jobs(mask, a, b, y):
    """The job that sets y = a where the mask is true, else b."""
    return [select_chunks.job(_tasks(y), mask, a, b, y)]


def mask_jobs(mask, x, y, where):
    """The job that sets y = x where the mask is `where`, else 0."""
    return [mask_chunks.job(_tasks(y), mask, x, y, int(where))]


def equal_jobs(x, value, mask, equal):
    """The job that sets mask = (x = value), or (x ≠ value) if `equal` is False, for int32 or int64 elements."""
    kernel = equal_int32_chunks if x.dtype == np.int32 else equal_int64_chunks
    return [kernel.job(_tasks(x), x, int(value), mask, int(equal))]


def select_rows_jobs(mask, x, other, y, where):
    """The job that sets the rows of y to those of x where the mask (rows,) is `where`, and to a number elsewhere."""
    rows_per_task = max(1, CHUNK // x.shape[1])
    return [select_rows.job(-(-len(x) // rows_per_task), mask, x, y, other, int(where), rows_per_task)]


def _tasks(x):
    return -(-x.size // CHUNK)


@task_kernel
def less_chunks(task, x: floats(1), limit: float, mask: bytes_(1), or_equal: int):
    """For one chunk."""
    x, mask = x[task * CHUNK : (task + 1) * CHUNK], mask[task * CHUNK : (task + 1) * CHUNK]
    for i in range(len(x)):
        mask[i] = 1 if x[i] < limit or (or_equal and x[i] == limit) else 0


@task_kernel
def greater_chunks(task, x: floats(1), limit: float, mask: bytes_(1), or_equal: int):
    """For one chunk."""
    x, mask = x[task * CHUNK : (task + 1) * CHUNK], mask[task * CHUNK : (task + 1) * CHUNK]
    for i in range(len(x)):
        mask[i] = 1 if x[i] > limit or (or_equal and x[i] == limit) else 0


@subroutine
def equal_to(x, value, mask, equal):
    """mask = `equal` where x is the value, else 1 − equal."""
    for i in range(len(x)):
        mask[i] = equal if x[i] == value else 1 - equal


@task_kernel
def equal_int32_chunks(task, x: indices(1), value: int, mask: bytes_(1), equal: int):
    """For one chunk."""
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    equal_to(x[chunk], value, mask[chunk], equal)


@task_kernel
def equal_int64_chunks(task, x: integers(1), value: int, mask: bytes_(1), equal: int):
    """For one chunk."""
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    equal_to(x[chunk], value, mask[chunk], equal)


@task_kernel
def select_rows(task, mask: bytes_(1), x: floats(2), y: floats(2), other: float, where: int, rows_per_task: int):
    """For some rows."""
    for row in range(task * rows_per_task, min(len(x), (task + 1) * rows_per_task)):
        source, result = x[row], y[row]
        if mask[row] == where:
            for j in range(len(result)):
                result[j] = source[j]
        else:
            for j in range(len(result)):
                result[j] = other


@task_kernel
def select_chunks(task, mask: bytes_(1), a: floats(1), b: floats(1), y: floats(1)):
    """For one chunk."""
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    mask, a, b, y = mask[chunk], a[chunk], b[chunk], y[chunk]
    for i in range(len(y)):
        y[i] = a[i] if mask[i] else b[i]


@task_kernel
def mask_chunks(task, mask: bytes_(1), x: floats(1), y: floats(1), where: int):
    """For one chunk."""
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    mask, x, y = mask[chunk], x[chunk], y[chunk]
    for i in range(len(y)):
        y[i] = x[i] if mask[i] == where else ZERO


@subroutine
def relate(a, b, mask, relation):
    """mask = whether the relation holds, element by element."""
    if relation == LESS:
        for i in range(len(a)):
            mask[i] = 1 if a[i] < b[i] else 0
    elif relation == LESS_EQUAL:
        for i in range(len(a)):
            mask[i] = 1 if a[i] <= b[i] else 0
    else:
        equal = 1 if relation == EQUAL else 0
        for i in range(len(a)):
            mask[i] = equal if a[i] == b[i] else 1 - equal


@task_kernel
def compare_chunks(task, a: floats(1), b: floats(1), mask: bytes_(1), relation: int):
    """For one chunk."""
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    relate(a[chunk], b[chunk], mask[chunk], relation)


@task_kernel
def compare_integer_chunks(task, a: indices(1), b: indices(1), mask: bytes_(1), relation: int):
    """For one chunk."""
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    relate(a[chunk], b[chunk], mask[chunk], relation)


@task_kernel
def logic_chunks(task, a: bytes_(1), b: bytes_(1), mask: bytes_(1), operation: int):
    """For one chunk."""
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    a, b, mask = a[chunk], b[chunk], mask[chunk]
    for i in range(len(a)):
        if operation == AND:
            mask[i] = 1 if a[i] != 0 and b[i] != 0 else 0
        elif operation == OR:
            mask[i] = 1 if a[i] != 0 or b[i] != 0 else 0
        else:
            mask[i] = 1 if (a[i] != 0) != (b[i] != 0) else 0
