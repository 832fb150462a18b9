"""Parts of arrays along one axis, and arrays joined of parts, as jobs: slices, splits, stacks, the steps of a sequence.

An array cut along an axis is a matrix: one row for all axes before it, one column for all after it and its own. A part
is a block of columns.
"""

import math

from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.shapes import Stack
from minikeras.kernels.elementwise_jobs import place_columns_jobs, put_columns_jobs, take_columns_jobs
from minikeras.ops.joining import Split
from minikeras.ops.recurrence import Steps
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers


@lowers((Compute, GetItem))
def get_item(instruction, slots):
    """An element or a range of one axis."""
    (x,), (y,) = instruction.reads, instruction.writes
    block = block_of(instruction.op.key, slots[x].shape)
    if block is None or not all_float32(slots, (x, y)):
        return None
    outer, first = block

    def jobs(arrays):
        return take_columns_jobs(arrays[x].reshape(outer, -1), first, arrays[y].reshape(outer, -1))

    return Lowering(jobs, (x,), (y,))


@lowers((Gradient, GetItem))
def get_item_gradient(instruction, slots):
    """dy among zeros."""
    (dy,), (dx,) = instruction.dys, instruction.writes
    block = block_of(instruction.op.key, slots[dx].shape)
    if block is None or not all_float32(slots, (dy, dx)):
        return None
    outer, first = block

    def jobs(arrays):
        return place_columns_jobs(arrays[dy].reshape(outer, -1), arrays[dx].reshape(outer, -1), first)

    return Lowering(jobs, (dy,), (dx,))


@lowers((Compute, Split), (Compute, Steps))
def cut(instruction, slots):
    """All parts."""
    return take_parts(slots, instruction.reads[0], instruction.writes, instruction.op.axis)


@lowers((Gradient, Split), (Gradient, Steps))
def cut_gradient(instruction, slots):
    """The parts' gradients joined."""
    if None in instruction.dys:
        return None
    return put_parts(slots, instruction.dys, instruction.writes[0], instruction.op.axis)


@lowers((Compute, Stack))
def stack(instruction, slots):
    """Arrays joined along a new axis."""
    return put_parts(slots, instruction.reads, instruction.writes[0], instruction.op.axis)


@lowers((Gradient, Stack))
def stack_gradient(instruction, slots):
    """Each array's part of dy."""
    return take_parts(slots, instruction.dys[0], instruction.writes, instruction.op.axis)


def take_parts(slots, whole, parts, axis):
    """The `Lowering` that cuts an array along an axis into parts of one length, None for unwanted ones."""
    wanted = [(i, number) for number, i in enumerate(parts) if i is not None]
    outer, width = _matrix(slots, whole, axis)
    widths = [math.prod(slots[i].shape) // outer for i, _ in wanted] if outer else []
    equal = len(set(widths)) == 1 and widths[0] * len(parts) == width
    if not equal or not all_float32(slots, (whole, *parts)):
        return None

    def jobs(arrays):
        matrix = arrays[whole].reshape(outer, width)
        pairs = [(number * widths[0], arrays[i].reshape(outer, -1)) for i, number in wanted]
        return [job for first, part in pairs for job in take_columns_jobs(matrix, first, part)]

    return Lowering(jobs, (whole,), parts)


def put_parts(slots, parts, whole, axis):
    """The `Lowering` that joins parts along an axis."""
    if not all_float32(slots, (*parts, whole)):
        return None
    outer, width = _matrix(slots, whole, axis)

    def jobs(arrays):
        matrix, made, first = arrays[whole].reshape(outer, width), [], 0
        for i in parts:
            part = arrays[i].reshape(outer, -1)
            made += put_columns_jobs(part, matrix, first)
            first += part.shape[1]
        return made

    return Lowering(jobs, parts, (whole,))


def _matrix(slots, whole, axis):
    """(rows, columns) of an array seen as a matrix, whose parts along an axis are blocks of columns."""
    shape = slots[whole].shape
    axis %= len(shape)
    return math.prod(shape[:axis]), math.prod(shape[axis:])


def block_of(key, shape):
    """(rows, first column) if a key selects an element or a range of one axis, in order; else None."""
    key = key if isinstance(key, tuple) else (key,)
    if not 0 < len(key) <= len(shape) or not all(type(part) in (int, slice) for part in key):
        return None
    cut = [(axis, part) for axis, part in enumerate(key) if part != slice(None)]
    if len(cut) != 1:
        return None
    axis, part = cut[0]
    if type(part) is int:
        first = part % shape[axis]
    else:
        if any(type(bound) not in (int, type(None)) for bound in (part.start, part.stop, part.step)):
            return None
        first, _, step = part.indices(shape[axis])
        if step != 1:
            return None
    return math.prod(shape[:axis]), first * math.prod(shape[axis + 1 :])
