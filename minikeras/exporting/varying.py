"""Arrays that depend only on shapes, among which there is an unknown length.

They are arrays of one value (an initial state, a mask of ones), ranges (positions), triangles (a causal mask) and
lengths themselves, recognized by their recorded values.
"""

from itertools import product

import numpy as np

from minikeras.autodiff.comparison import Greater, LessEqual
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import length


def name_of_varying(graph, value):
    """The name of a node that computes a `Value` whose recorded arrays are `varying`."""
    arrays = [np.asarray(array) for array in value.varying]
    dtype = arrays[0].dtype if value.dtype is not None else np.float32 if arrays[0].dtype.kind == "f" else np.int32
    for recognise in (_length, _filled, _range, _triangle):
        name = recognise(graph, value.shape, arrays)
        if name is not None:
            return graph.cast(name, dtype)
    raise Inexpressible("reads an array computed outside of ops from a length")


def _length(graph, shape, arrays):
    """A scalar that is a length."""
    if arrays[0].ndim or any(int(n) != n for n in arrays):
        return None
    return graph.scalar(graph.length(length([int(n) for n in arrays])))


def _filled(graph, shape, arrays):
    """An array of one value."""
    if any(not x.size or not (x == arrays[0].flat[0]).all() for x in arrays):
        return None
    return graph.expanded(graph.constant(arrays[0].flat[0]), graph.shape(shape))


def _range(graph, shape, arrays):
    """start, start + step, … along the only axis with a length other than 1."""
    first, axes = arrays[0], [axis for axis, n in enumerate(shape) if n != 1]
    if len(axes) != 1 or first.size < 2 or first.dtype.kind not in "iuf":
        return None
    start, step = first.flat[0], first.flat[1] - first.flat[0]
    if any(not np.array_equal(x.ravel(), start + step * np.arange(x.size)) for x in arrays):
        return None
    numbers = graph.up_to(shape[axes[0]])
    numbers = graph.plus(graph.multiply(graph.cast(numbers, first.dtype), step), start)
    return graph.reshape(numbers, [-1 if axis in axes else 1 for axis in range(len(shape))])


def _triangle(graph, shape, arrays):
    """True on and below a diagonal of the last two axes (or above it), the others having length 1."""
    if len(shape) < 2 or arrays[0].dtype.kind not in "biuf" or any(n != 1 for n in shape[:-2]):
        return None
    for lower, diagonal in product((True, False), (0, -1, 1)):
        expected = [np.broadcast_to(np.tri(*x.shape[-2:], diagonal) == lower, x.shape) for x in arrays]
        if all(np.array_equal(x, y) for x, y in zip(arrays, expected, strict=True)):
            seen = triangle(graph, shape[-2], shape[-1], diagonal, lower)
            return graph.unsqueeze(seen, range(len(shape) - 2)) if len(shape) > 2 else seen
    return None


def triangle(graph, rows, columns, diagonal=0, lower=True):
    """Booleans (rows, columns): whether column ≤ row + diagonal, or the opposite."""
    row = graph.unsqueeze(graph.up_to(rows), [1])
    row = graph.plus(row, diagonal) if diagonal else row
    return graph.op(LessEqual if lower else Greater, graph.up_to(columns), row)
