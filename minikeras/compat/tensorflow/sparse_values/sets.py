"""Operations on sets of numbers or strings along the last axis of a tensor, sparse or not; the results are sparse."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.ops.conversion import data_array
from minikeras.tensors.sparse.sparse_tensor import SparseTensor


def intersection(a, b):
    """The intersection of both sets, in order."""
    return _combine(a, b, np.intersect1d)


def union(a, b):
    """The union of both sets, in order."""
    return _combine(a, b, np.union1d)


def difference(a, b):
    """The elements of a that are not in b, in order."""
    return _combine(a, b, np.setdiff1d)


def size(a):
    """The number of distinct elements in each set of a SparseTensor, int32."""
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {type(a).__name__}. Use `sparse.from_dense`.")
    rows, lead = _rows(a)
    return Tensor(np.asarray([len(np.unique(row)) for row in rows], np.int32).reshape(lead))


def _combine(a, b, function):
    (rows_a, lead), (rows_b, lead_b) = _rows(a), _rows(b)
    if lead != lead_b:
        raise ValueError(f"The leading axes of both tensors must be the same. Received: {lead} and {lead_b}")
    sets = [function(x, y) for x, y in zip(rows_a, rows_b, strict=True)]
    longest = max((len(s) for s in sets), default=0)
    positions = [(*np.unravel_index(i, lead), j) for i, s in enumerate(sets) for j in range(len(s))]
    values = np.concatenate(sets) if sets else np.zeros(0)
    return SparseTensor(np.asarray(positions, np.int64), values, np.asarray((*lead, longest), np.int64))


def _rows(x):
    """The sets as arrays, and the lengths of the leading axes."""
    if isinstance(x, SparseTensor):
        lead = tuple(x.dense_shape.array[:-1].tolist())
        positions, values = x.indices.array, x.values.array
        numbers = np.ravel_multi_index(tuple(positions[:, :-1].T), lead) if lead else np.zeros(len(positions), int)
        return [values[numbers == i] for i in range(int(np.prod(lead)))], lead
    values = data_array(x)
    return list(values.reshape(-1, values.shape[-1])), values.shape[:-1]
