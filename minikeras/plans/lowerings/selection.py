"""Comparisons with a scalar, and selects by their masks, as jobs."""

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.comparison import Greater, GreaterEqual, Less, LessEqual
from minikeras.kernels.select_jobs import greater_jobs, less_jobs, mask_jobs, select_jobs
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers
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


@lowers((Compute, Where))
def select(instruction, slots):
    """Elements of two arrays, selected by a mask of their shape."""
    (mask, a, b), (y,) = instruction.reads, instruction.writes
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
    if not _is_mask_of(slots, mask, dy, *[i for i, _ in wanted]):
        return None

    def jobs(arrays):
        given = _bytes(arrays[mask]), arrays[dy].reshape(-1)
        return [job for i, where in wanted for job in mask_jobs(*given, arrays[i].reshape(-1), where)]

    return Lowering(jobs, (mask, dy), (da, db))


def _is_mask_of(slots, mask, *values):
    shapes = {slots[i].shape for i in (mask, *values)}
    return slots[mask].dtype == np.bool_ and len(shapes) == 1 and all_float32(slots, values)


def _bytes(mask):
    return mask.reshape(-1).view(np.uint8)
