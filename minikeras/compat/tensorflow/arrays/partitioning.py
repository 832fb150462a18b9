"""Rows dealt out to several tensors, and put together again."""

import numpy as np

from minikeras import ops
from minikeras.compat.tensorflow.conversion import tensor

__all__ = ["dynamic_partition", "dynamic_stitch"]


def dynamic_partition(data, partitions, num_partitions, name=None):
    """A list of `num_partitions` tensors: the i-th holds the slices of `data` for which `partitions` says i."""
    data, partitions = tensor(data), tensor(partitions)
    rank = len(partitions.shape)
    rows = ops.reshape(data, (partitions.array.size, *data.shape[rank:]))
    numbers = partitions.array.ravel()
    return [ops.take(rows, np.flatnonzero(numbers == i), axis=0) for i in range(num_partitions)]


def dynamic_stitch(indices, data, name=None):
    """One tensor out of several: slice data[m][i] stands at indices[m][i]; of several at one place, the last stays."""
    indices, data = [tensor(i) for i in indices], [tensor(x) for x in data]
    shape = tuple(data[0].shape[len(indices[0].shape) :])
    rows = ops.concatenate([ops.reshape(x, (-1, *shape)) for x in data])
    places = np.concatenate([i.array.ravel() for i in indices])
    source = np.zeros(places.max(initial=-1) + 1, np.int64)
    source[places] = np.arange(len(places))
    result = ops.take(rows, source, axis=0)
    missing = ~np.isin(np.arange(len(source)), places)
    if not missing.any():
        return result
    return ops.where(missing.reshape(-1, *[1] * len(shape)), ops.zeros_like(result), result)
