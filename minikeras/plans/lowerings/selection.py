"""Comparisons, logic on masks, and selects by masks, as jobs."""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.comparison import (
    Equal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    LogicalAnd,
    LogicalNot,
    LogicalOr,
    LogicalXor,
    NotEqual,
)
from minikeras.kernels.select_jobs import (
    AND,
    EQUAL,
    LESS,
    LESS_EQUAL,
    NOT_EQUAL,
    OR,
    XOR,
    compare_integers_jobs,
    compare_jobs,
    equal_jobs,
    greater_jobs,
    less_jobs,
    logic_jobs,
    mask_jobs,
    select_jobs,
    select_rows_jobs,
)
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.lowerings.broadcasting import all_repeated, broadcasts_to, represents, slots_of_arrays
from minikeras.plans.lowerings.elementwise import constant_scalar


@lowers(*[(Compute, comparison) for comparison in (Greater, GreaterEqual, Less, LessEqual)])
def compare(instruction, slots):
    """The mask of an array's elements below or above a constant scalar."""
    (x, other), (mask,) = instruction.reads, instruction.writes
    limit, op = constant_scalar(slots, other), instruction.op
    if limit is None or not all_float32(slots, (x,)) or slots[x].shape != slots[mask].shape:
        return compare_arrays(instruction, slots)
    make_jobs = less_jobs if isinstance(op, (Less, LessEqual)) else greater_jobs
    or_equal = isinstance(op, (GreaterEqual, LessEqual))

    def jobs(arrays):
        return make_jobs(arrays[x].reshape(-1), limit, _bytes(arrays[mask]), or_equal)

    return Lowering(jobs, (x,), (mask,))


RELATIONS = {  # relation, whether the operands change places
    Less: (LESS, False), LessEqual: (LESS_EQUAL, False), Greater: (LESS, True), GreaterEqual: (LESS_EQUAL, True),
    Equal: (EQUAL, False), NotEqual: (NOT_EQUAL, False),
}  # fmt: skip
OPERATIONS = {LogicalAnd: AND, LogicalOr: OR, LogicalXor: XOR}


@lowers((Compute, Equal), (Compute, NotEqual))
def equal(instruction, slots):
    """The mask of integers that are, or are not, a constant, as of an Embedding's tokens; else of arrays."""
    (x, other), (mask,) = instruction.reads, instruction.writes
    value = slots[other].value
    supported = slots[x].dtype in (np.int32, np.int64) and 0 not in slots[x].shape
    if value is None or slots[other].shape != () or not supported or slots[x].shape != slots[mask].shape:
        return compare_arrays(instruction, slots)
    if not represents(np.int32, value):
        return None

    def jobs(arrays):
        return equal_jobs(arrays[x].reshape(-1), value, _bytes(arrays[mask]), isinstance(instruction.op, Equal))

    return Lowering(jobs, (x,), (mask,))


def compare_arrays(instruction, slots):
    """The mask of where two arrays of floats, or of int32, that broadcast together are in a relation."""
    (a, b), (mask,) = instruction.reads, instruction.writes
    relation, swaps = RELATIONS[type(instruction.op)]
    shape = slots[mask].shape
    for dtype, make_jobs in ((np.float32, compare_jobs), (np.int32, compare_integers_jobs)):
        if broadcasts_to(slots, (a, b), shape, dtype):
            return _masked(slots, (b, a) if swaps else (a, b), mask, dtype, make_jobs, relation)
    return None


@lowers(*[(Compute, op) for op in OPERATIONS])
def logic(instruction, slots):
    """And, or, exclusive or of two masks that broadcast together."""
    (mask,) = instruction.writes
    if not broadcasts_to(slots, instruction.reads, slots[mask].shape, np.bool_):
        return None
    return _masked(slots, instruction.reads, mask, np.bool_, logic_jobs, OPERATIONS[type(instruction.op)])


@lowers((Compute, LogicalNot))
def negation(instruction, slots):
    """Not a mask: it or true, exclusively."""
    (x,), (mask,) = instruction.reads, instruction.writes
    if slots[x].dtype != np.bool_ or 0 in slots[x].shape:
        return None
    ones = np.ones(math.prod(slots[x].shape), np.uint8)
    return Lowering(lambda arrays: logic_jobs(_bytes(arrays[x]), ones, _bytes(arrays[mask]), XOR), (x,), (mask,))


def _masked(slots, reads, mask, dtype, make_jobs, setting):
    """The `Lowering` to jobs that fill a mask from two arrays."""

    def jobs(arrays):
        made, given = all_repeated(arrays, slots, reads, slots[mask].shape, dtype)
        given = [_bytes(x) if dtype is np.bool_ else x for x in given]
        return [*made, *make_jobs(*given, _bytes(arrays[mask]), setting)]

    return Lowering(jobs, slots_of_arrays(slots, reads), (mask,))


@lowers((Compute, Where))
def select(instruction, slots):
    """Elements of two arrays, selected by a mask; all three broadcast together. Or rows, or else a constant, by a mask
    of rows."""
    (mask, a, b), (y,) = instruction.reads, instruction.writes
    other = constant_scalar(slots, b)
    if other is not None and _is_mask_of_rows(slots, mask, a, y):
        return _select_rows(mask, a, y, True, other)
    shape = slots[y].shape
    if not broadcasts_to(slots, (mask,), shape, np.bool_) or not broadcasts_to(slots, (a, b), shape):
        return None

    def jobs(arrays):
        made, (chosen,) = all_repeated(arrays, slots, (mask,), shape, np.bool_)
        more, given = all_repeated(arrays, slots, (a, b), shape)
        return [*made, *more, *select_jobs(_bytes(chosen), *given, arrays[y].reshape(-1))]

    return Lowering(jobs, slots_of_arrays(slots, (mask, a, b)), (y,))


@lowers((Gradient, Where))
def select_gradient(instruction, slots):
    """dy for the array of the selected element, 0 for the other."""
    mask, (dy,), (_, da, db) = instruction.inputs[0], instruction.dys, instruction.writes
    wanted = [(i, where) for i, where in ((da, True), (db, False)) if i is not None]
    if mask is not None and len(wanted) == 1 and _is_mask_of_rows(slots, mask, dy, wanted[0][0]):
        return _select_rows(mask, dy, *wanted[0])
    if mask is None or not _is_mask_of(slots, mask, dy, *[i for i, _ in wanted]):
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
