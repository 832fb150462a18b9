"""Reading and writing by index: slices, rows, positions along an axis; class indices as vectors."""

import numpy as np

from minikeras.autodiff.arithmetic import Multiply
from minikeras.autodiff.comparison import Equal, Greater
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.registry import converts
from minikeras.ops import blocks, indexing, scattering
from minikeras.ops.adaptive_pooling import ArgmaxOfWindows, window_bounds
from minikeras.ops.counting import CategoryCounts
from minikeras.ops.encoding import OneHot
from minikeras.ops.recurrence import Steps
from minikeras.ops.reduction import Argmax


@converts(GetItem)
def get_item(graph, step, x):
    """Slices and integers axis by axis, then the new axes of `None`."""
    keys = step.setting("key")
    keys = list(keys) if isinstance(keys, tuple) else [keys]
    if Ellipsis in keys:
        at, used = keys.index(Ellipsis), sum(key is not None for key in keys) - 1
        keys[at : at + 1] = [slice(None)] * (x.rank - used)
    name, dropped, new, axis, place = graph.read(x), [], [], 0, 0
    for key in keys:
        if key is None:
            new.append(place)
            place += 1
            continue
        if isinstance(key, slice):
            if key != slice(None):
                name = graph.slice(name, axis, key.start, key.stop, 1 if key.step is None else key.step)
        else:  # −1 is the last index, and a slice up to 0 would be empty
            name = graph.slice(name, axis, key, None if key == -1 else _next(key))
            dropped.append(axis)
        place += isinstance(key, slice)
        axis += 1
    name = graph.squeeze(name, dropped) if dropped else name
    return graph.unsqueeze(name, new) if new else graph.identity(name)


def _next(key):
    return Unknown(tuple(n + 1 for n in key.sizes)) if isinstance(key, Unknown) else key + 1


@converts(indexing.Take)
def take(graph, step, x, indices):
    name, axis = graph.read(x), step.op.axis
    if axis is None:
        name, axis = graph.reshape(name, [-1]), 0
    axis %= max(x.rank, 1)
    return graph.gather(name, graph.positions(name, indices, axis), axis)


@converts(indexing.TakeAlongAxis)
def take_along_axis(graph, step, x, indices):
    if step.op.axis is None:
        raise Inexpressible("reads the flattened tensor")
    axis = normalize_axes(step.op.axis, x.rank)[0]
    name = graph.read(x)
    positions = graph.positions(name, indices, axis)
    others = [[s for i, s in enumerate(v.shape) if i != axis] for v in (x, indices)]
    if others[0] != others[1]:
        wanted = list(step.outputs[0].shape)
        name = graph.expanded(name, graph.shape([*wanted[:axis], x.shape[axis], *wanted[axis + 1 :]]))
        positions = graph.expanded(positions, graph.shape(wanted))
    return graph.op(indexing.TakeAlongAxis, name, positions, axis=axis, rank=x.rank)


@converts(scattering.Gather)
def gather(graph, step, x, indices):
    return graph.op(scattering.Gather, graph.read(x), graph.read(indices, np.int64))


@converts(scattering.ScatterUpdate)
def scatter_update(graph, step, x, indices, updates):
    inputs = graph.read(x), graph.read(indices, np.int64), graph.read(updates, x.dtype)
    return graph.op(scattering.ScatterUpdate, *inputs)


@converts(scattering.ScatterAdd)
def scatter_add(graph, step, x, indices, updates):
    inputs = graph.read(x), graph.read(indices, np.int64), graph.read(updates, x.dtype)
    return graph.op(scattering.ScatterAdd, *inputs)


@converts(scattering.Scatter)
def scatter(graph, step, indices, values):
    zeros = graph.expanded(graph.constant(0, values.dtype), graph.shape(step.outputs[0].shape))
    return graph.op(scattering.ScatterAdd, zeros, graph.read(indices, np.int64), graph.read(values))


@converts(blocks.Slice)
def block(graph, step, x, start):
    """`start` may be computed; the lengths are known."""
    lengths = [x.shape[axis] if n == -1 else n for axis, n in enumerate(step.setting("shape"))]
    return graph.op(blocks.Slice, graph.read(x), graph.read(start, np.int64), graph.shape(lengths))


@converts(Steps)
def steps(graph, step, x):
    axis = step.op.axis
    if isinstance(x.shape[axis], Unknown):
        raise Inexpressible("runs a Python loop over an axis of unknown length")
    return [graph.squeeze(part, [axis]) for part in graph.split(graph.read(x), [1] * x.shape[axis], axis)]


@converts(ArgmaxOfWindows)
def argmax_of_windows(graph, step, x):
    axis, name = step.op.axis, graph.read(x)
    if isinstance(x.shape[axis], Unknown):
        raise Inexpressible("divides an axis of unknown length into windows")
    positions = []
    for start, end in window_bounds(x.shape[axis], step.op.outputs):
        place = graph.op(Argmax, graph.slice(name, axis, start, end), axis=axis)
        positions.append(graph.unsqueeze(graph.plus(place, start), [axis]))
    return graph.joined(positions, axis)


# --- class indices as vectors ----------------------------------------------------------------------------------------


@converts(OneHot)
def one_hot(graph, step, x):
    """A comparison with 0 … n − 1, so that invalid indices give zeros."""
    axis = step.op.axis % (x.rank + 1)
    classes = np.arange(step.op.num_classes, dtype=np.int64).reshape(-1, *[1] * (x.rank - axis))
    found = graph.op(Equal, graph.unsqueeze(graph.read(x, np.int64), [axis]), graph.constant(classes))
    return graph.cast(found, step.outputs[0].dtype)


@converts(CategoryCounts)
def category_counts(graph, step, x, weights=None):
    """Sums of one-hot vectors over the last axis."""
    op, classes = step.op, graph.constant(np.arange(step.op.depth, dtype=np.int64))
    found = graph.op(Equal, graph.unsqueeze(graph.read(x, np.int64), [x.rank]), classes)
    found = graph.cast(found, np.float32)
    if weights is not None and not op.is_binary:
        found = graph.op(Multiply, found, graph.unsqueeze(graph.read(weights, np.float32), [weights.rank]))
    counts = graph.reduce(Sum, found, [x.rank - 1], False)
    counts = graph.op(Greater, counts, graph.number(0, counts)) if op.is_binary else counts
    return graph.cast(counts, step.outputs[0].dtype)
