"""Reading and writing by index: slices, rows, positions along an axis; class indices as vectors."""

import numpy as np

from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.shapes import normalize_axes
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.saved_model.registry import converts
from minikeras.ops import blocks, indexing, scattering
from minikeras.ops.category_counts import CategoryCounts
from minikeras.ops.encoding import OneHot
from minikeras.ops.recurrence import Steps


@converts(GetItem)
def get_item(graph, step, x):
    """Slices and integers axis by axis, then the new axes of `None`."""
    keys = step.setting("key")
    keys = list(keys) if isinstance(keys, tuple) else [keys]
    used = sum(_axes_read(key) for key in keys)
    if any(key is Ellipsis for key in keys):
        at = next(i for i, key in enumerate(keys) if key is Ellipsis)
        keys[at : at + 1] = [slice(None)] * (x.rank - used)
    if sum(isinstance(key, np.ndarray) for key in keys) > 1:
        raise Inexpressible("reads by several arrays of indices")
    name, dropped, new, axis, place = graph.read(x), [], [], 0, 0
    for key in keys:
        if key is None:
            new.append(place)
            place += 1
            continue
        if isinstance(key, slice):
            if key != slice(None):
                name = graph.slice(name, axis, key.start, key.stop, 1 if key.step is None else key.step)
        elif isinstance(key, np.ndarray):
            name = _at_indices(graph, name, axis, key)
        else:  # −1 is the last, and a slice to 0 would be empty
            name = graph.slice(name, axis, key, None if key == -1 else _next(key))
            dropped.append(axis)
        place += not isinstance(key, (int, np.integer, Unknown))
        axis += 1
    name = graph.squeeze(name, dropped) if dropped else name
    return graph.unsqueeze(name, new) if new else graph.identity(name)


def _next(key):
    return Unknown(tuple(n + 1 for n in key.sizes)) if isinstance(key, Unknown) else key + 1


def _axes_read(key):
    if key is None or key is Ellipsis:
        return 0
    return key.ndim if isinstance(key, np.ndarray) and key.dtype == bool else 1


def gathered(graph, name, indices, axis):
    """Parts of an axis, by the name of indices."""
    return graph.add("GatherV2", name, indices, graph.constant(axis, np.int32))


def _at_indices(graph, name, axis, key):
    indices = np.flatnonzero(key) if key.dtype == bool else key
    if indices.ndim != 1 or (indices < 0).any():
        raise Inexpressible("reads by an array of indices with several axes, or of negative ones")
    return gathered(graph, name, graph.integers(indices), axis)


def places(graph, x, indices, axis):
    """The name of indices along an axis of `x` (a name), as int32 or int64, negative ones counted from the end."""
    name = graph.read(indices, None if indices.dtype in (np.int32, np.int64) else np.int64)
    if indices.is_constant and (np.asarray(indices.array) >= 0).all():
        return name
    below = graph.add("Less", name, graph.number(0, name))
    from_end = graph.add("AddV2", name, graph.cast(graph.scalar(graph.length_of(x, axis)), graph.kinds[name]))
    return graph.add("SelectV2", below, from_end, name)


@converts(indexing.Take)
def take(graph, step, x, indices):
    name, axis = graph.read(x), step.op.axis
    if axis is None:
        name, axis = graph.reshape(name, [-1]), 0
    axis %= x.rank
    return gathered(graph, name, places(graph, name, indices, axis), axis)


@converts(indexing.TakeAlongAxis)
def take_along_axis(graph, step, x, indices):
    """Along the last axis, the others being batches, for which `GatherV2` has `batch_dims`."""
    if step.op.axis is None:
        raise Inexpressible("reads the flattened tensor")
    axis = normalize_axes(step.op.axis, x.rank)[0]
    name = graph.read(x)
    where = places(graph, name, indices, axis)
    others = [[s for i, s in enumerate(v.shape) if i != axis] for v in (x, indices)]
    if others[0] != others[1]:
        wanted = list(step.outputs[0].shape)
        name = graph.expanded(name, graph.shape([*wanted[:axis], x.shape[axis], *wanted[axis + 1 :]]))
        where = graph.expanded(where, graph.shape(wanted))
    order = [*[a for a in range(x.rank) if a != axis], axis]
    name, where = graph.transpose(name, order), graph.transpose(where, order)
    last = graph.constant(x.rank - 1, np.int32)
    y = graph.add("GatherV2", name, where, last, batch_dims=x.rank - 1)
    return graph.transpose(y, np.argsort(order).tolist())


@converts(scattering.Gather)
def gather(graph, step, x, indices):
    return graph.add("GatherNd", graph.read(x), graph.read(indices, np.int64))


@converts(scattering.ScatterUpdate)
def scatter_update(graph, step, x, indices, updates):
    return graph.add("TensorScatterUpdate", graph.read(x), graph.read(indices, np.int64), graph.read(updates, x.dtype))


@converts(scattering.ScatterAdd)
def scatter_add(graph, step, x, indices, updates):
    return graph.add("TensorScatterAdd", graph.read(x), graph.read(indices, np.int64), graph.read(updates, x.dtype))


@converts(scattering.Scatter)
def scatter(graph, step, indices, values):
    return graph.add("ScatterNd", graph.read(indices, np.int64), graph.read(values), graph.shape(step.outputs[0].shape))


@converts(blocks.Slice)
def block(graph, step, x, start):
    """`start` may be computed; the lengths are known."""
    lengths = [x.shape[axis] if n == -1 else n for axis, n in enumerate(step.setting("shape"))]
    return graph.add("Slice", graph.read(x), graph.read(start, np.int64), graph.shape(lengths))


@converts(blocks.SliceUpdate)
def update_block(graph, step, x, start, updates):
    """The block padded to the size of x, chosen where it lies. One that would cross the edge is moved back."""
    dtype, lengths = step.outputs[0].dtype, graph.shape(updates.shape)
    most = graph.add("Sub", graph.shape(x.shape), lengths)
    before = graph.add("Maximum", graph.add("Minimum", graph.read(start, np.int64), most), graph.integers([0]))
    widths = graph.add("Pack", [before, graph.add("Sub", most, before)], axis=1)
    block = graph.add("PadV2", graph.read(updates, dtype), widths, graph.constant(0, dtype))
    ones = graph.expanded(graph.constant(1, np.int32), lengths)
    chosen = graph.add("PadV2", ones, widths, graph.constant(0, np.int32))
    chosen = graph.add("Greater", chosen, graph.constant(0, np.int32))
    return graph.add("SelectV2", chosen, block, graph.read(x, dtype))


@converts(Steps)
def steps(graph, step, x):
    axis = step.op.axis
    if isinstance(x.shape[axis], Unknown):
        raise Inexpressible("runs a Python loop over an axis of unknown length")
    return graph.add("Unpack", graph.read(x), num=x.shape[axis], axis=axis)


@converts(OneHot)
def one_hot(graph, step, x):
    """A comparison with 0 … n − 1, so that invalid indices give zeros."""
    axis = step.op.axis % (x.rank + 1)
    classes = np.arange(step.op.num_classes, dtype=np.int64).reshape(-1, *[1] * (x.rank - axis))
    found = graph.add("Equal", graph.unsqueeze(graph.read(x, np.int64), [axis]), graph.constant(classes))
    return graph.cast(found, np.dtype(step.op.dtype))


@converts(CategoryCounts)
def category_counts(graph, step, x, weights=None):
    """Sums of one-hot vectors over the last axis."""
    op = step.op
    classes = graph.constant(np.arange(op.depth, dtype=np.int64))
    found = graph.add("Equal", graph.unsqueeze(graph.read(x, np.int64), [x.rank]), classes)
    found = graph.cast(found, np.dtype(np.float32))
    if weights is not None and not op.is_binary:
        found = graph.add("Mul", found, graph.unsqueeze(graph.read(weights, np.float32), [weights.rank]))
    counts = graph.reduce("Sum", found, [x.rank - 1], False)
    if op.is_binary:
        counts = graph.add("Greater", counts, graph.constant(0, np.float32))
    return graph.cast(counts, np.dtype(op.dtype))
