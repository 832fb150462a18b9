"""Axes: reshaped, reordered, repeated, padded, reversed, joined, split, cut into triangles."""

import numpy as np

from minikeras.autodiff import shapes
from minikeras.autodiff.shapes import Stack, normalize_axes
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import holds_unknown
from minikeras.exporting.saved_model.elementwise import in_common_dtype
from minikeras.exporting.saved_model.graph import INT32
from minikeras.exporting.saved_model.registry import converts
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
    name = graph.unsqueeze(graph.read(x), [0] * (rank - x.rank))
    return graph.add("Tile", name, graph.integers((1,) * (rank - len(repeats)) + tuple(repeats)))


@converts(shaping.Repeat)
def repeat(graph, step, x):
    """A new axis behind the repeated one, expanded, then merged with it."""
    repeats, name, shape = step.setting("repeats"), graph.read(x), list(x.shape)
    if step.op.axis is None:
        name, shape, axis = graph.reshape(name, [-1]), [step.outputs[0].shape[0]], 0
    else:
        axis = normalize_axes(step.op.axis, x.rank)[0]
    if isinstance(repeats, list) and len(repeats) > 1:
        places = graph.integers(np.repeat(np.arange(len(repeats)), repeats))
        return graph.add("GatherV2", name, places, graph.constant(axis, np.int32))
    repeats = repeats[0] if isinstance(repeats, list) else repeats
    counts = [1] * (len(shape) + 1)
    counts[axis + 1] = repeats
    name = graph.add("Tile", graph.unsqueeze(name, [axis + 1]), graph.shape(counts))
    return graph.reshape(name, step.outputs[0].shape)


@converts(padding.Pad)
def pad(graph, step, x, constant=None):
    if not step.is_fixed:
        raise Inexpressible("pads by a number that depends on a length")
    name, pairs = graph.read(x), [[int(n) for n in pair] for pair in step.op.pairs(x.rank)]
    widths = graph.constant(np.array(pairs, np.int64).reshape(-1, 2))
    if step.op.mode == "constant":
        value = graph.constant(0, x.dtype) if constant is None else graph.read(constant, x.dtype)
        return graph.add("PadV2", name, widths, value)
    return graph.add("MirrorPad", name, widths, mode=step.op.mode.upper())


@converts(reordering.Flip)
def flip(graph, step, x):
    axes = normalize_axes(step.op.axis, x.rank)
    return graph.add("ReverseV2", graph.read(x), graph.constant(list(axes), np.int32)) if axes else graph.read(x)


@converts(reordering.Roll)
def roll(graph, step, x):
    shift, axis, name = step.op.shift, step.op.axis, graph.read(x)
    if axis is None:
        flat = graph.add(
            "Roll", graph.reshape(name, [-1]), graph.constant(shift, np.int64), graph.constant(0, np.int32)
        )
        return graph.reshape(flat, x.shape)
    axes = [n % x.rank for n in (axis if isinstance(axis, tuple) else (axis,))]
    shifts = list(shift) if isinstance(shift, tuple) else [shift] * len(axes)
    return graph.add("Roll", name, graph.integers(shifts), graph.constant(axes, np.int32))


@converts(diagonals.Tril)
def tril(graph, step, x):
    return _triangle(graph, x, step.op.k, True)


@converts(diagonals.Triu)
def triu(graph, step, x):
    return _triangle(graph, x, step.op.k - 1, False)


def _triangle(graph, x, k, lower):
    kept = triangle(graph, *x.shape[-2:], k, lower)
    return graph.add("SelectV2", kept, graph.read(x), graph.constant(0, x.dtype))


@converts(diagonals.Diagonal)
def diagonal(graph, step, x):
    """The elements where row + offset = column, picked from the plane as one axis."""
    axes = [axis % x.rank for axis in (step.op.axis1, step.op.axis2)]
    if holds_unknown([x.shape[axis] for axis in axes]):
        raise Inexpressible("takes the diagonal of axes of unknown lengths")
    order = [axis for axis in range(x.rank) if axis not in axes] + axes
    rows, columns = (x.shape[axis] for axis in axes)
    flat = graph.reshape(graph.transpose(graph.read(x), order), [*[x.shape[a] for a in order[:-2]], rows * columns])
    places = np.arange(rows * columns).reshape(rows, columns).diagonal(step.op.offset)
    return graph.add("GatherV2", flat, graph.integers(places), graph.constant(x.rank - 2, np.int32))


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
    return graph.add("Size", graph.read(x), out_type=INT32)


@converts(Concatenate)
def concatenate(graph, step, *values):
    return graph.joined(in_common_dtype(graph, *values), step.op.axis % values[0].rank)


@converts(Stack)
def stack(graph, step, *values):
    return graph.add("Pack", in_common_dtype(graph, *values), axis=step.op.axis % (values[0].rank + 1))


@converts(Split)
def split(graph, step, x):
    axis = normalize_axes(step.op.axis, x.rank)[0]
    lengths = [y.shape[axis] for y in step.outputs]
    if holds_unknown(lengths) and not isinstance(step.op.indices_or_sections, int):
        raise Inexpressible("splits an axis of unknown length at given indices")
    return graph.split(graph.read(x), lengths, axis)
