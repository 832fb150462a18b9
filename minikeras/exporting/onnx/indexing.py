"""Reading by index: slices, rows, positions along an axis."""

import numpy as np

from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.shapes import normalize_axes
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.onnx.registry import converts
from minikeras.ops import blocks, indexing, scattering
from minikeras.ops.recurrence import Steps

LARGEST = np.iinfo(np.int64).max


@converts(GetItem)
def get_item(graph, step, x):
    """Slices and integers axis by axis, then the new axes of `None`."""
    keys = step.setting("key")
    keys = list(keys) if isinstance(keys, tuple) else [keys]
    used = sum(_axes_read(key) for key in keys)
    if any(key is Ellipsis for key in keys):
        at = next(i for i, key in enumerate(keys) if key is Ellipsis)
        keys[at : at + 1] = [slice(None)] * (x.rank - used)
    name, dropped, new, axis, place = graph.read(x), [], [], 0, 0
    if sum(isinstance(key, np.ndarray) for key in keys) > 1:
        raise Inexpressible("reads by several arrays of indices")
    for key in keys:
        if key is None:
            new.append(place)
            place += 1
        elif isinstance(key, slice):
            name = _sliced(graph, name, axis, key)
            axis, place = axis + 1, place + 1
        elif isinstance(key, np.ndarray):
            name = _at_indices(graph, name, axis, key)
            axis, place = axis + 1, place + 1
        else:
            name = graph.add("Gather", name, graph.length(key), axis=axis)
            dropped.append(axis)
            axis += 1
    name = graph.squeeze(name, dropped) if dropped else name
    return graph.unsqueeze(name, new) if new else graph.add("Identity", name)


def _axes_read(key):
    if key is None or key is Ellipsis:
        return 0
    return key.ndim if isinstance(key, np.ndarray) and key.dtype == bool else 1


def _sliced(graph, name, axis, key):
    step = 1 if key.step is None else key.step
    if key == slice(None):
        return name
    start = (0 if step > 0 else -1) if key.start is None else key.start
    stop = (LARGEST if step > 0 else -LARGEST) if key.stop is None else key.stop
    return graph.slice(name, axis, start, stop, step)


def _at_indices(graph, name, axis, key):
    indices = np.flatnonzero(key) if key.dtype == bool else key
    if indices.ndim != 1:
        raise Inexpressible("reads by an array of indices with several axes")
    return graph.add("Gather", name, graph.integers(indices), axis=axis)


@converts(indexing.Take)
def take(graph, step, x, indices):
    name, axis = graph.read(x), step.op.axis
    if axis is None:
        name, axis = graph.reshape(name, [-1]), 0
    return graph.add("Gather", name, graph.read(indices, _index_dtype(indices)), axis=axis)


@converts(indexing.TakeAlongAxis)
def take_along_axis(graph, step, x, indices):
    if step.op.axis is None:
        raise Inexpressible("reads the flattened tensor")
    axis = normalize_axes(step.op.axis, x.rank)[0]
    name, places = graph.read(x), graph.read(indices, _index_dtype(indices))
    others = [[s for i, s in enumerate(v.shape) if i != axis] for v in (x, indices)]
    if others[0] != others[1]:
        wanted = list(step.outputs[0].shape)
        name = graph.add("Expand", name, graph.shape([*wanted[:axis], x.shape[axis], *wanted[axis + 1 :]]))
        places = graph.add("Expand", places, graph.shape(wanted))
    return graph.add("GatherElements", name, places, axis=axis)


def _index_dtype(indices):
    return None if indices.dtype in (np.int32, np.int64) else np.int64


@converts(scattering.Gather)
def gather(graph, step, x, indices):
    return graph.add("GatherND", graph.read(x), graph.read(indices, np.int64))


@converts(scattering.ScatterUpdate)
def scatter_update(graph, step, x, indices, updates):
    return graph.add("ScatterND", graph.read(x), graph.read(indices, np.int64), graph.read(updates, x.dtype))


@converts(scattering.ScatterAdd)
def scatter_add(graph, step, x, indices, updates):
    inputs = graph.read(x), graph.read(indices, np.int64), graph.read(updates, x.dtype)
    return graph.add("ScatterND", *inputs, reduction="add")


@converts(scattering.Scatter)
def scatter(graph, step, indices, values):
    zeros = graph.add("Expand", graph.constant(0, values.dtype), graph.shape(step.outputs[0].shape))
    return graph.add("ScatterND", zeros, graph.read(indices, np.int64), graph.read(values), reduction="add")


@converts(blocks.Slice)
def block(graph, step, x, start):
    """`start` may be computed; the lengths are known."""
    starts = graph.read(start, np.int64)
    lengths = step.setting("shape")
    lengths = [x.shape[axis] if n == -1 else n for axis, n in enumerate(lengths)]
    ends = graph.add("Add", starts, graph.shape(lengths))
    return graph.add("Slice", graph.read(x), starts, ends, graph.integers(range(x.rank)))


@converts(Steps)
def steps(graph, step, x):
    if isinstance(x.shape[step.op.axis], Unknown):
        raise Inexpressible("runs a Python loop over an axis of unknown length")
    parts = graph.split(graph.read(x), [1] * x.shape[step.op.axis], step.op.axis)
    return [graph.squeeze(part, [step.op.axis]) for part in parts]
