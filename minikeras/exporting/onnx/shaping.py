"""Axes: reshaped, reordered, repeated, padded, reversed, cut into triangles."""

import numpy as np

from minikeras.autodiff import shapes
from minikeras.autodiff.shapes import normalize_axes
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown, holds_unknown
from minikeras.exporting.onnx.registry import converts
from minikeras.exporting.varying import triangle
from minikeras.ops import creation, diagonals, padding, reordering, shaping

LARGEST = np.iinfo(np.int64).max


@converts(shapes.Reshape, shapes.Squeeze, shaping.ExpandDims)
def reshape(graph, step, x):
    return graph.reshape(graph.read(x), step.outputs[0].shape)


@converts(shapes.Transpose)
def transpose(graph, step, x):
    return graph.transpose(graph.read(x), step.op.permutation(x.rank))


@converts(shapes.BroadcastTo)
def broadcast_to(graph, step, x):
    return graph.add("Expand", graph.read(x), graph.shape(step.outputs[0].shape))


@converts(shaping.Tile)
def tile(graph, step, x):
    rank = len(step.outputs[0].shape)
    repeats = shaping.lengths(step.op.repeats)
    if not step.is_fixed:
        raise Inexpressible("repeats a number of times that depends on a length")
    name = graph.read(x)
    name = graph.unsqueeze(name, range(rank - x.rank)) if rank > x.rank else name
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
        indices = np.repeat(np.arange(len(repeats)), repeats)
        return graph.add("Gather", name, graph.integers(indices), axis=axis)
    repeats = repeats[0] if isinstance(repeats, list) else repeats
    rank = len(shape)
    name = graph.unsqueeze(name, [axis + 1])
    counts = [1] * (rank + 1)
    counts[axis + 1] = repeats
    name = graph.add("Expand", name, graph.shape(counts))
    return graph.reshape(name, step.outputs[0].shape)


@converts(padding.Pad)
def pad(graph, step, x, constant=None):
    pairs = [[n if isinstance(n, Unknown) else int(n) for n in pair] for pair in step.op.pairs(x.rank)]
    if not step.is_fixed:
        raise Inexpressible("pads by a number that depends on a length")
    name, widths = graph.read(x), [*[before for before, _ in pairs], *[after for _, after in pairs]]
    if step.op.mode == "symmetric":
        return _mirrored(graph, name, x, pairs)
    inputs = [name, graph.integers(widths)]
    if constant is not None:
        inputs.append(graph.read(constant, x.dtype))
    return graph.add("Pad", *inputs, mode=step.op.mode)


def _mirrored(graph, name, x, pairs):
    """Each border a mirror image with the edge element, which ONNX does not have as a mode."""
    for axis, (before, after) in enumerate(pairs):
        if not before and not after:
            continue
        parts = [name]
        if before:
            parts.insert(0, graph.slice(name, axis, before - 1, -LARGEST, -1))
        if after:
            parts.append(graph.slice(name, axis, -1, -after - 1, -1))
        name = graph.add("Concat", *parts, axis=axis)
    return name


@converts(reordering.Flip)
def flip(graph, step, x):
    axes = normalize_axes(step.op.axis, x.rank)
    count = len(axes)
    first, last, back = (graph.integers([n] * count) for n in (-1, -LARGEST, -1))
    return graph.add("Slice", graph.read(x), first, last, graph.integers(axes), back) if axes else graph.read(x)


@converts(reordering.Roll)
def roll(graph, step, x):
    shift, axis, name = step.op.shift, step.op.axis, graph.read(x)
    if axis is None:
        name = _rolled(graph, graph.reshape(name, [-1]), shift, 0)
        return graph.reshape(name, x.shape)
    axes = axis if isinstance(axis, tuple) else (axis,)
    shifts = shift if isinstance(shift, tuple) else (shift,) * len(axes)
    for shift, axis in zip(shifts, axes, strict=True):
        length = x.shape[axis]
        if isinstance(length, Unknown):
            name = _rolled(graph, name, shift, axis % x.rank)
        elif length:
            name = _rolled(graph, name, shift % length, axis % x.rank)
    return name


def _rolled(graph, name, shift, axis):
    if shift == 0:
        return name
    parts = graph.slice(name, axis, -shift, LARGEST), graph.slice(name, axis, 0, -shift)
    return graph.add("Concat", *parts, axis=axis)


@converts(diagonals.Tril)
def tril(graph, step, x):
    return _triangle(graph, step, x, step.op.k, True)


@converts(diagonals.Triu)
def triu(graph, step, x):
    return _triangle(graph, step, x, step.op.k - 1, False)


def _triangle(graph, step, x, k, lower):
    seen, name, zero = triangle(graph, *x.shape[-2:], k), graph.read(x), graph.constant(0, x.dtype)
    return graph.add("Where", seen, *((name, zero) if lower else (zero, name)))


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
    return graph.add("Gather", flat, graph.integers(places), axis=x.rank - 2)


def like(number):
    """The conversion of a constant tensor of x's shape."""

    def convert(graph, step, x):
        return graph.add("Expand", graph.constant(number, step.outputs[0].dtype), graph.shape(x.shape))

    return convert


converts(creation.ZerosLike)(like(0))
converts(creation.OnesLike)(like(1))


@converts(creation.FullLike)
def full_like(graph, step, x, number):
    return graph.add("Expand", graph.read(number, step.outputs[0].dtype), graph.shape(x.shape))


@converts(shaping.Size)
def size(graph, step, x):
    return graph.cast(graph.add("Size", graph.read(x)), np.int32)
