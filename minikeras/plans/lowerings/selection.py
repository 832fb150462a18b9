"""Comparisons with a scalar, and selects by their masks, as jobs."""

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.comparison import Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual
from minikeras.kernels.select_jobs import (
    equal_jobs,
    greater_jobs,
    less_jobs,
    mask_jobs,
    select_jobs,
    select_rows_jobs,
)
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.lowerings.elementwise import constant_scalar


@lowers(*[(Compute, comparison) for comparison in (Greater, GreaterEqual, Less, LessEqual)])
def compare(instruction, slots):
    """The mask of an array's elements below or above a constant scalar."""
    (x, other), (mask,) = instruction.reads, instruction.writes
    limit, op = constant_scalar(slots, other), instruction.op
    if limit is None or not all_float32(slots, (x,)) or slots[x].shape != slots[mask].shape:
        return None
    make_jobs = less_jobs if isinstance(op, (Less, LessEqual)) else greater_jobs
    or_equal = isinstance(op, (GreaterEqual, LessEqual))

    def jobs(arrays):
        return make_jobs(arrays[x].reshape(-1), limit, _bytes(arrays[mask]), or_equal)

    return Lowering(jobs, (x,), (mask,))


@lowers((Compute, Equal), (Compute, NotEqual))
def equal(instruction, slots):
    """The mask of integers that are, or are not, a constant: as of an Embedding's tokens."""
    (x, other), (mask,) = instruction.reads, instruction.writes
    value = slots[other].value
    supported = slots[x].dtype in (np.int32, np.int64) and 0 not in slots[x].shape
    if value is None or slots[other].shape != () or not supported or slots[x].shape != slots[mask].shape:
        return None
    if value != int(value) or abs(value) > np.iinfo(np.int32).max:
        return None

    def jobs(arrays):
        return equal_jobs(arrays[x].reshape(-1), value, _bytes(arrays[mask]), isinstance(instruction.op, Equal))

    return Lowering(jobs, (x,), (mask,))


@lowers((Compute, Where))
def select(instruction, slots):
    """Elements of two arrays, selected by a mask of their shape; or rows, or else a constant, by a mask of rows."""
    (mask, a, b), (y,) = instruction.reads, instruction.writes
    if _is_mask_of_rows(slots, mask, a, y):
        other = constant_scalar(slots, b)
        return None if other is None else _select_rows(mask, a, y, True, other)
    if not _is_mask_of(slots, mask, a, b, y):
        return None

    def jobs(arrays):
        return select_jobs(_bytes(arrays[mask]), *[arrays[i].reshape(-1) for i in (a, b, y)])

    return Lowering(jobs, (mask, a, b), (y,))


@lowers((Gradient, Where))
def select_gradient(instruction, slots):
    """dy for the array of the selected element, 0 for the other."""
    mask, (dy,), (_, da, db) = instruction.inputs[0], instruction.dys, instruction.writes
    wanted = [(i, where) for i, where in ((da, True), (db, False)) if i is not None]
    if len(wanted) == 1 and _is_mask_of_rows(slots, mask, dy, wanted[0][0]):
        return _select_rows(mask, dy, *wanted[0])
    if not _is_mask_of(slots, mask, dy, *[i for i, _ in wanted]):
        return None

    def jobs(arrays):
        given = _bytes(arrays[mask]), arrays[dy].reshape(-1)
        return [job for i, where in wanted for job in mask_jobs(*given, arrays[i].reshape(-1), where)]

    return Lowering(jobs, (mask, dy), (da, db))


def _is_mask_of(slots, mask, *values):
    shapes = {slots[i].shape for i in (mask, *values)}
    return slots[mask].dtype == np.bool_ and len(shapes) == 1 and all_float32(slots, values)


def _is_mask_of_rows(slots, mask, x, y):
    """Whether a mask (…, 1) selects rows of x (…, units) for y."""
    shape = slots[y].shape
    if len(shape) < 2 or slots[mask].dtype != np.bool_ or slots[mask].shape != (*shape[:-1], 1) or shape[-1] == 1:
        return False
    return slots[x].shape == shape and all_float32(slots, (x, y))


def _select_rows(mask, x, y, where, other=0.0):
    """Rows of x where the mask is `where`, a number elsewhere."""

    def jobs(arrays):
        return select_rows_jobs(_bytes(arrays[mask]), as_matrix(arrays[x]), other, as_matrix(arrays[y]), where)

    return Lowering(jobs, (mask, x), (y,))


def _bytes(mask):
    return mask.reshape(-1).view(np.uint8)
