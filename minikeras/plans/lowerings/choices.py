"""Comparisons with a scalar, and selects by their masks, as jobs."""

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.comparison import Greater, GreaterEqual, Less, LessEqual
from minikeras.kernels.choice_jobs import above_jobs, below_jobs, choose_jobs, keep_jobs
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers
from minikeras.plans.lowerings.elementwise import constant_number


@lowers(*[(Compute, comparison) for comparison in (Greater, GreaterEqual, Less, LessEqual)])
def compare(instruction, slots):
    """The mask of an array's elements below or above a constant scalar."""
    (x, other), (truths,) = instruction.reads, instruction.writes
    limit, op = constant_number(slots, other), instruction.op
    if limit is None or not all_float32(slots, (x,)) or slots[x].shape != slots[truths].shape:
        return None
    make_jobs = below_jobs if isinstance(op, (Less, LessEqual)) else above_jobs
    or_equal = isinstance(op, (GreaterEqual, LessEqual))

    def jobs(arrays):
        return make_jobs(arrays[x].reshape(-1), limit, _bytes(arrays[truths]), or_equal)

    return Lowering(jobs, (x,), (truths,))


@lowers((Compute, Where))
def choose(instruction, slots):
    """Elements of two arrays, selected by a mask of their shape."""
    (truths, a, b), (y,) = instruction.reads, instruction.writes
    if not _are_truths_of(slots, truths, a, b, y):
        return None

    def jobs(arrays):
        return choose_jobs(_bytes(arrays[truths]), *[arrays[i].reshape(-1) for i in (a, b, y)])

    return Lowering(jobs, (truths, a, b), (y,))


@lowers((Gradient, Where))
def choose_gradient(instruction, slots):
    """dy for the array of the selected element, 0 for the other."""
    truths, (dy,), (_, da, db) = instruction.inputs[0], instruction.dys, instruction.writes
    wanted = [(i, where) for i, where in ((da, True), (db, False)) if i is not None]
    if not _are_truths_of(slots, truths, dy, *[i for i, _ in wanted]):
        return None

    def jobs(arrays):
        given = _bytes(arrays[truths]), arrays[dy].reshape(-1)
        return [job for i, where in wanted for job in keep_jobs(*given, arrays[i].reshape(-1), where)]

    return Lowering(jobs, (truths, dy), (da, db))


def _are_truths_of(slots, truths, *numbers):
    shapes = {slots[i].shape for i in (truths, *numbers)}
    return slots[truths].dtype == np.bool_ and len(shapes) == 1 and all_float32(slots, numbers)


def _bytes(truths):
    return truths.reshape(-1).view(np.uint8)
