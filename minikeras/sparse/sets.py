"""`tf.sets`: the last axis of each tensor holds sets of numbers or strings; the results are sparse."""

import numpy as np

from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.sparse import SparseTensor

__all__ = ["difference", "intersection", "size", "union"]


def intersection(a, b, validate_indices=True):
    """What occurs in both sets, in order."""
    return _combine(a, b, np.intersect1d)


def union(a, b, validate_indices=True):
    """What occurs in either set, in order."""
    return _combine(a, b, np.union1d)


def difference(a, b, aminusb=True, validate_indices=True):
    """What occurs in a but not in b, in order; the other way round if not `aminusb`."""
    return _combine(a, b, np.setdiff1d if aminusb else lambda x, y: np.setdiff1d(y, x))


def size(a, validate_indices=True):
    """The number of distinct elements in each set of a SparseTensor, int32."""
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {type(a).__name__}. Use `tf.sparse.from_dense`.")
    rows, _ = _rows(a)
    lead = tuple(a.dense_shape.array[:-1].tolist())
    return Tensor(np.asarray([len(np.unique(row)) for row in rows], np.int32).reshape(lead))


def _combine(a, b, function):
    (rows_a, lead), (rows_b, lead_b) = _rows(a), _rows(b)
    if lead != lead_b:
        raise ValueError(f"The sets must stand in tensors of the same leading axes. Received: {lead} and {lead_b}")
    sets = [function(x, y) for x, y in zip(rows_a, rows_b, strict=True)]
    longest = max((len(s) for s in sets), default=0)
    places = [(*np.unravel_index(i, lead), j) for i, s in enumerate(sets) for j in range(len(s))]
    values = np.concatenate(sets) if sets else np.zeros(0)
    return SparseTensor(np.asarray(places, np.int64), values, np.asarray((*lead, longest), np.int64))


def _rows(x):
    """The sets as arrays, and the leading axes along which they stand."""
    if isinstance(x, SparseTensor):
        lead = tuple(x.dense_shape.array[:-1].tolist())
        places, values = x.indices.array, x.values.array
        numbers = np.ravel_multi_index(tuple(places[:, :-1].T), lead) if lead else np.zeros(len(places), int)
        return [values[numbers == i] for i in range(int(np.prod(lead)))], lead
    values = tensor(x).array
    return list(values.reshape(-1, values.shape[-1])), values.shape[:-1]
