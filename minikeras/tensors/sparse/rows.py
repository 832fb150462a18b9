"""Splits a SparseTensor into its rows, and stacks rows as one SparseTensor."""

from itertools import pairwise

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor
from minikeras.tensors.sparse.sparse_tensor import SparseTensor


def rows(sparse):
    """The rows along the first axis, SparseTensors with one axis less."""
    positions, shape = sparse.indices.array, np.asarray(sparse.shape[1:], np.int64)
    order = np.argsort(positions[:, 0], kind="stable")
    ends = np.searchsorted(positions[order, 0], np.arange(sparse.shape[0] + 1))
    for first, last in pairwise(ends):
        found = order[first:last]
        yield SparseTensor(positions[found, 1:], ops.take(sparse.values, found), shape)


def dense_rows(sparse):
    """(the dense tensor, how many elements each row of a matrix has, int32)."""
    lengths = np.bincount(sparse.indices.array[:, 0], minlength=sparse.shape[0])
    return sparse.as_dense(), Tensor(lengths.astype(np.int32))


def outside(indices, masked):
    """The positions in `indices` of those that are not among `masked`."""
    return np.flatnonzero(~np.isin(indices.array, masked.array))


class Rows:
    """A SparseTensor indexed along its first axis."""

    def __init__(self, sparse):
        self.shape, self._rows = sparse.shape, list(rows(sparse))

    def __getitem__(self, number):
        return self._rows[number]


def stacked(parts, widen=False):
    """Stack SparseTensors of one shape along a new first axis.

    Args:
        widen: whether shapes may differ; the result then has the largest length of each axis.

    Raises:
        ValueError: the shapes differ.
    """
    shapes = {part.shape for part in parts}
    if len(shapes) > 1 and not widen:
        raise ValueError(f"Only SparseTensors of one shape can be stacked. Received: {sorted(shapes)}")
    positions = [np.insert(part.indices.array, 0, i, axis=1) for i, part in enumerate(parts)]
    values = ops.concatenate([part.values for part in parts])
    shape = np.asarray([len(parts), *np.max(list(shapes), axis=0)], np.int64)
    return SparseTensor(np.concatenate(positions), values, shape)
