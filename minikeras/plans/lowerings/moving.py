"""Ops that only move elements, as jobs: a copy of a view, see `kernels/strided_copies.py`.

For each such op there is a function of the input that returns the output as a view; its gradient, where each element is
read once, is the same copy in the other direction. Elements may be of any dtype but strings.
"""

import numpy as np

from minikeras.autodiff.indexing import PutItem
from minikeras.autodiff.shapes import BroadcastTo, Stack, Transpose
from minikeras.kernels.elementwise_jobs import fill_jobs
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.kernels.transposition import as_stack, transposition_jobs
from minikeras.ops.joining import Split
from minikeras.ops.recurrence import Steps
from minikeras.ops.reordering import Flip
from minikeras.ops.shaping import Tile
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers
from minikeras.plans.simplify import reordered


def is_movable(buffers, indices):
    """Whether copies can move the elements of these buffers."""
    return all(
        buffers[i].dtype is not None and buffers[i].dtype.kind in "fiub" and 0 not in buffers[i].shape for i in indices
    )


def copied(buffers, source, target, view):
    """The `Lowering` target = view(source)."""
    if not is_movable(buffers, (source, target)) or buffers[source].dtype != buffers[target].dtype:
        return None
    return Lowering(lambda arrays: copy_jobs(view(arrays[source]), arrays[target]), (source,), (target,))


def transposed(buffers, source, target, axes):
    """The `Lowering` of another order of axes."""
    return copied(buffers, source, target, lambda x: x.transpose(axes))


@lowers((Compute, Flip), (Gradient, Flip))
def flip(instruction, buffers):
    """The elements along some axes in reverse; so is the gradient."""
    source = instruction.reads[0] if isinstance(instruction, Compute) else instruction.dys[0]
    return copied(buffers, source, instruction.writes[0], lambda x: np.flip(x, instruction.op.axis))


@lowers((Compute, BroadcastTo))
def broadcast(instruction, buffers):
    """Repeated along axes of length 1."""
    (x,), (y,) = instruction.reads, instruction.writes
    return copied(buffers, x, y, lambda x: np.broadcast_to(x, buffers[y].shape))


@lowers((Compute, Tile))
def tile(instruction, buffers):
    """x repeated as a whole: axes (repeats, length), of which the first has stride 0."""
    (x,), (y,) = instruction.reads, instruction.writes
    shape, rank = buffers[x].shape, len(buffers[y].shape)
    shape = (1,) * (rank - len(shape)) + shape
    pairs = tuple(n for whole, n in zip(buffers[y].shape, shape, strict=True) for n in (whole // max(1, n), n))
    once = tuple(n for length in shape for n in (1, length))
    if not is_movable(buffers, (x, y)):
        return None

    def jobs(arrays):
        return copy_jobs(np.broadcast_to(arrays[x].reshape(once), pairs), arrays[y].reshape(pairs))

    return Lowering(jobs, (x,), (y,))


def basic_key(key):
    """Whether a key consists of slices, integers, None and Ellipsis: what it reads is a view."""
    parts = key if isinstance(key, tuple) else (key,)
    return all(part is None or part is Ellipsis or type(part) in (int, slice) for part in parts)


def item(buffers, x, y, key):
    """The `Lowering` y = x[key]."""
    return copied(buffers, x, y, lambda array: array[_with_ellipsis(key)]) if basic_key(key) else None


def put_item(buffers, x, y, key):
    """The `Lowering` of y = 0, y[key] = x."""
    if not basic_key(key) or not is_movable(buffers, (x, y)) or buffers[y].dtype != np.float32:
        return None
    zero = np.zeros(1, np.float32)

    def jobs(arrays):
        target = arrays[y]
        return [*fill_jobs(zero, target.reshape(-1)), *copy_jobs(arrays[x], target[_with_ellipsis(key)])]

    return Lowering(jobs, (x,), (y,))


def _with_ellipsis(key):
    """A key that always gives an array, never a scalar."""
    parts = key if isinstance(key, tuple) else (key,)
    return parts if Ellipsis in parts else (*parts, Ellipsis)


@lowers((Compute, PutItem))
def put(instruction, buffers):
    """Zeros with x at the positions of a key."""
    return put_item(buffers, *instruction.reads, *instruction.writes, instruction.op.key)


def _slices(array, axis):
    """Views of the slices along an axis. (Iterating over an array of one axis gives copies: scalars.)"""
    array = np.moveaxis(array, axis, 0)
    return [array[i, ...] for i in range(len(array))]


@lowers((Compute, Stack))
def stack(instruction, buffers):
    """Arrays along a new axis."""
    (y,), parts = instruction.writes, instruction.reads
    if not is_movable(buffers, (*parts, y)) or any(buffers[i].dtype != buffers[y].dtype for i in parts):
        return None

    def jobs(arrays):
        slices = _slices(arrays[y], instruction.op.axis)
        return [job for i, target in zip(parts, slices, strict=True) for job in copy_jobs(arrays[i], target)]

    return Lowering(jobs, parts, (y,))


@lowers((Gradient, Stack))
def stack_gradient(instruction, buffers):
    """Each input's slice of dy."""
    (dy,), dxs = instruction.dys, instruction.writes
    wanted = [i for i in dxs if i is not None]
    if not is_movable(buffers, (dy, *wanted)):
        return None

    def jobs(arrays):
        slices = _slices(arrays[dy], instruction.op.axis)
        return [
            job for i, source in zip(dxs, slices, strict=True) if i is not None for job in copy_jobs(source, arrays[i])
        ]

    return Lowering(jobs, (dy,), wanted)


@lowers((Compute, Steps))
def steps(instruction, buffers):
    """All slices along an axis."""
    return _parts(instruction, buffers, lambda x: _slices(x, instruction.op.axis))


@lowers((Compute, Split))
def split(instruction, buffers):
    """Parts along an axis."""
    return _parts(instruction, buffers, instruction.op.forward)


def _parts(instruction, buffers, views):
    (x,), ys = instruction.reads, instruction.writes
    if not is_movable(buffers, (x, *ys)):
        return None

    def jobs(arrays):
        return [job for view, y in zip(views(arrays[x]), ys, strict=True) for job in copy_jobs(view, arrays[y])]

    return Lowering(jobs, (x,), ys)


@lowers((Gradient, Steps))
def steps_gradient(instruction, buffers):
    """The gradients of all slices, zeros for those that nothing used."""
    (dx,), dys = instruction.writes, instruction.dys
    axis = instruction.op.axis
    return _joined(buffers, dys, dx, lambda x: _slices(x, axis))


@lowers((Gradient, Split))
def split_gradient(instruction, buffers):
    """The gradients of all parts, side by side."""
    (dx,), dys = instruction.writes, instruction.dys
    return _joined(buffers, dys, dx, instruction.op.forward)


def _joined(buffers, sources, target, views):
    known = [i for i in sources if i is not None]
    if not is_movable(buffers, (*known, target)) or buffers[target].dtype != np.float32:
        return None
    zero = np.zeros(1, np.float32)

    def jobs(arrays):
        whole = arrays[target]
        made = [] if len(known) == len(sources) else fill_jobs(zero, whole.reshape(-1))
        for i, place in zip(sources, views(whole), strict=True):
            made += copy_jobs(arrays[i], place) if i is not None else []
        return made

    return Lowering(jobs, known, (target,))


@lowers((Compute, Transpose), (Gradient, Transpose))
def transposition(instruction, buffers):
    """The elements in another order of axes; each matrix of a stack is transposed tile by tile."""
    source, target, axes = reordered(instruction, buffers)
    stack = as_stack(buffers[source].shape, axes) if len(axes) >= 4 else None
    if stack is None or not all_float32(buffers, (source, target)):
        return transposed(buffers, source, target, axes)

    def jobs(arrays):
        count, rows, columns = stack
        return transposition_jobs(arrays[source].reshape(stack), arrays[target].reshape(count, columns, rows))

    return Lowering(jobs, (source,), (target,))
