"""A SparseTensor as its rows, and rows as one SparseTensor."""

from itertools import pairwise

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor
from minikeras.sparse.sparse_tensor import SparseTensor


def rows(sparse):
    """The rows along the first axis, SparseTensors with an axis less."""
    places, shape = sparse.indices.array, np.asarray(sparse.shape[1:], np.int64)
    order = np.argsort(places[:, 0], kind="stable")
    ends = np.searchsorted(places[order, 0], np.arange(sparse.shape[0] + 1))
    for first, last in pairwise(ends):
        found = order[first:last]
        yield SparseTensor(places[found, 1:], ops.take(sparse.values, found), shape)


def dense_rows(sparse):
    """(the dense tensor, how many elements each row of a matrix has, int32)."""
    lengths = np.bincount(sparse.indices.array[:, 0], minlength=sparse.shape[0])
    return sparse.as_dense(), Tensor(lengths.astype(np.int32))


def outside(indices, masked):
    """The places in `indices` of those that are not among `masked`."""
    return np.flatnonzero(~np.isin(indices.array, masked.array))


def stacked(parts):
    """SparseTensors of one shape as one with an axis more in front.

    Raises:
        ValueError: the shapes differ.
    """
    shapes = {part.shape for part in parts}
    if len(shapes) > 1:
        raise ValueError(f"Only SparseTensors of one shape can be stacked. Received: {sorted(shapes)}")
    places = [np.insert(part.indices.array, 0, i, axis=1) for i, part in enumerate(parts)]
    values = ops.concatenate([part.values for part in parts])
    return SparseTensor(np.concatenate(places), values, np.asarray((len(parts), *parts[0].shape), np.int64))
