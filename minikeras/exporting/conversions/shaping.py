"""Ops on axes: reshape, transpose, repeat, pad, flip, concatenate, split, triangles."""

import numpy as np

from minikeras.autodiff import shapes
from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.shapes import Stack, normalize_axes
from minikeras.exporting.conversions.elementwise import in_common_dtype
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown, holds_unknown
from minikeras.exporting.registry import converts
from minikeras.exporting.varying import triangle
from minikeras.ops import creation, diagonals, padding, reordering, shaping
from minikeras.ops.joining import Concatenate, Split


@converts(shapes.Reshape, shapes.Squeeze, shaping.ExpandDims)
def reshape(graph, step, x):
    return graph.reshape(graph.read(x), step.outputs[0].shape)


@converts(shapes.Transpose)
def transpose(graph, step, x):
    return graph.transpose(graph.read(x), step.op.permutation(x.rank))


@converts(shapes.BroadcastTo)
def broadcast_to(graph, step, x):
    return graph.expanded(graph.read(x), graph.shape(step.outputs[0].shape))


@converts(shaping.Tile)
def tile(graph, step, x):
    rank, repeats = len(step.outputs[0].shape), shaping.lengths(step.op.repeats)
    if not step.is_fixed:
        raise Inexpressible("repeats a number of times that depends on a length")
    name = graph.unsqueeze(graph.read(x), range(rank - x.rank))
    return graph.op(shaping.Tile, name, graph.integers((1,) * (rank - len(repeats)) + tuple(repeats)))


@converts(shaping.Repeat)
def repeat(graph, step, x):
    """A new axis after the repeated one, of that length, then merged with it."""
    repeats, name, rank = step.setting("repeats"), graph.read(x), x.rank
    if step.op.axis is None:
        name, rank, axis = graph.reshape(name, [-1]), 1, 0
    else:
        axis = normalize_axes(step.op.axis, x.rank)[0]
    if isinstance(repeats, list) and len(repeats) > 1:
        return graph.gather(name, graph.integers(np.repeat(np.arange(len(repeats)), repeats)), axis)
    counts = [1] * (rank + 1)
    counts[axis + 1] = repeats[0] if isinstance(repeats, list) else repeats
    name = graph.op(shaping.Tile, graph.unsqueeze(name, [axis + 1]), graph.shape(counts))
    return graph.reshape(name, step.outputs[0].shape)


@converts(padding.Pad)
def pad(graph, step, x, constant=None):
    if not step.is_fixed:
        raise Inexpressible("pads by a number that depends on a length")
    pairs = [[int(n) for n in pair] for pair in step.op.pairs(x.rank)]
    value = graph.constant(0, x.dtype) if constant is None else graph.read(constant, x.dtype)
    return graph.op(padding.Pad, graph.read(x), value, pairs=pairs, mode=step.op.mode)


@converts(reordering.Flip)
def flip(graph, step, x):
    axes = list(normalize_axes(step.op.axis, x.rank))
    return graph.op(reordering.Flip, graph.read(x), axes=axes) if axes else graph.read(x)


@converts(reordering.Roll)
def roll(graph, step, x):
    shift, axis, name = step.op.shift, step.op.axis, graph.read(x)
    if axis is None:
        return graph.reshape(_rolled(graph, graph.reshape(name, [-1]), shift, 0), x.shape)
    axes = axis if isinstance(axis, tuple) else (axis,)
    shifts = shift if isinstance(shift, tuple) else (shift,) * len(axes)
    for shift, axis in zip(shifts, axes, strict=True):
        length = x.shape[axis]
        if length:
            name = _rolled(graph, name, shift if isinstance(length, Unknown) else shift % length, axis % x.rank)
    return name


def _rolled(graph, name, shift, axis):
    if shift == 0:
        return name
    return graph.joined([graph.slice(name, axis, -shift, None), graph.slice(name, axis, None, -shift)], axis)


@converts(diagonals.Tril)
def tril(graph, step, x):
    return _triangle(graph, x, step.op.k, True)


@converts(diagonals.Triu)
def triu(graph, step, x):
    return _triangle(graph, x, step.op.k - 1, False)


def _triangle(graph, x, k, lower):
    return graph.op(Where, triangle(graph, *x.shape[-2:], k, lower), graph.read(x), graph.constant(0, x.dtype))


@converts(diagonals.Diagonal)
def diagonal(graph, step, x):
    """The elements where row + offset = column, selected from the flattened plane."""
    axes = [axis % x.rank for axis in (step.op.axis1, step.op.axis2)]
    if holds_unknown([x.shape[axis] for axis in axes]):
        raise Inexpressible("takes the diagonal of axes of unknown lengths")
    order = [axis for axis in range(x.rank) if axis not in axes] + axes
    rows, columns = (x.shape[axis] for axis in axes)
    flat = graph.reshape(graph.transpose(graph.read(x), order), [*[x.shape[a] for a in order[:-2]], rows * columns])
    positions = np.arange(rows * columns).reshape(rows, columns).diagonal(step.op.offset)
    return graph.gather(flat, graph.integers(positions), x.rank - 2)


def like(number):
    """The conversion of a constant tensor of x's shape."""
    return lambda graph, step, x: graph.expanded(graph.constant(number, step.outputs[0].dtype), graph.shape(x.shape))


converts(creation.ZerosLike)(like(0))
converts(creation.OnesLike)(like(1))


@converts(creation.FullLike)
def full_like(graph, step, x, number):
    return graph.expanded(graph.read(number, step.outputs[0].dtype), graph.shape(x.shape))


@converts(shaping.Size)
def size(graph, step, x):
    return graph.cast(graph.op(shaping.Size, graph.read(x)), step.outputs[0].dtype)


@converts(Concatenate)
def concatenate(graph, step, *values):
    return graph.joined(in_common_dtype(graph, *values), step.op.axis % values[0].rank)


@converts(Stack)
def stack(graph, step, *values):
    axis = step.op.axis % (values[0].rank + 1)
    return graph.joined([graph.unsqueeze(name, [axis]) for name in in_common_dtype(graph, *values)], axis)


@converts(Split)
def split(graph, step, x):
    axis = normalize_axes(step.op.axis, x.rank)[0]
    lengths = [y.shape[axis] for y in step.outputs]
    if holds_unknown(lengths) and not isinstance(step.op.indices_or_sections, int):
        raise Inexpressible("splits an axis of unknown length at given indices")
    return graph.split(graph.read(x), lengths, axis)
