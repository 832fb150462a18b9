"""Rows distributed to several tensors, and joined again."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.ops.creation import zeros_like
from minikeras.ops.indexing import take, where
from minikeras.ops.joining import concatenate
from minikeras.ops.shaping import reshape


def dynamic_partition(data, partitions, num_partitions):
    """A list of `num_partitions` tensors: the i-th holds the slices of `data` where `partitions` is i."""
    rank = len(partitions.shape)
    rows = reshape(data, (partitions.array.size, *data.shape[rank:]))
    numbers = partitions.array.ravel()
    return [take(rows, np.flatnonzero(numbers == i), axis=0) for i in range(num_partitions)]


def dynamic_stitch(indices, data):
    """One tensor out of several: slice data[m][i] goes to indices[m][i]; of several at one index, the last stays."""
    shape = tuple(data[0].shape[len(indices[0].shape) :])
    rows = concatenate([reshape(x, (-1, *shape)) for x in data])
    positions = np.concatenate([i.array.ravel() for i in indices])
    source = np.zeros(positions.max(initial=-1) + 1, np.int64)
    source[positions] = np.arange(len(positions))
    result = take(rows, source, axis=0)
    missing = ~np.isin(np.arange(len(source)), positions)
    if not missing.any():
        return result
    return where(missing.reshape(-1, *[1] * len(shape)), zeros_like(result), result)


def joined_table(tables, ids):
    """A table whose rows were distributed to several in turn, as one table, and the row indices of `ids` in it."""
    starts = np.cumsum([0, *[table.shape[0] for table in tables[:-1]]])
    numbers = starts.astype(ids.dtype)[ids.array % len(tables)] + ids.array // len(tables)
    return concatenate(tables), Tensor(numbers)
