"""Class indices as sparse vectors: one-hot, multi-hot, counts. Memory grows with the indices, not with the classes."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.sparsity import SPARSE_RESULTS
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.replay import unsafe_to_replay
from minikeras.config import floatx
from minikeras.tensors.sparse.flat_indices import indices_of
from minikeras.tensors.sparse.sparse_tensor import SparseTensor


@unsafe_to_replay("it reads the class indices, which give the positions of the result")
def one_hot(x, num_classes, axis=-1, dtype=None):
    """The SparseTensor of `ops.one_hot`: an element for each class index in 0 … num_classes − 1."""
    x = as_array(x)
    axis = axis % (x.ndim + 1)
    found = np.argwhere((x >= 0) & (x < num_classes))
    indices = np.insert(found, axis, x[tuple(found.T)], axis=1)
    shape = (*x.shape[:axis], num_classes, *x.shape[axis:])
    order = np.lexsort(indices.T[::-1])
    return SparseTensor(indices[order], np.ones(len(found), dtype or floatx()), np.asarray(shape, np.int64))


def multi_hot(x, num_classes, axis=-1, dtype=None):
    """The SparseTensor of `ops.multi_hot`: the one-hot vectors of a row merged along the axis of the row."""
    vectors = one_hot(x, num_classes, axis, dtype)
    merged = 1 if len(vectors.shape) > 2 else 0
    shape = (*vectors.shape[:merged], *vectors.shape[merged + 1 :])
    indices = np.unique(np.delete(vectors.indices.array, merged, axis=1), axis=0)
    return SparseTensor(indices, np.ones(len(indices), vectors.dtype), np.asarray(shape, np.int64))


@unsafe_to_replay("it reads the integers, which give the positions of the result")
def counts(x, depth, is_binary, dtype, weights=None):
    """The SparseTensor of how often each integer below `depth` occurs in a row of x, or of the sums of their weights.

    Args:
        x: (length,) or (rows, length).
        is_binary: 1 for each integer that occurs.

    Raises:
        ValueError: a negative integer.
    """
    x = as_array(x)
    if x.size and x.min() < 0:
        raise ValueError(f"Integers to count must not be negative. Received: {x.min()}")
    counted = x < depth
    rows = np.nonzero(counted.reshape(-1, x.shape[-1]))[0]
    numbers, of_each = np.unique(x[counted].astype(np.int64) + rows * depth, return_inverse=True)
    weights = None if weights is None or is_binary else np.broadcast_to(as_array(weights), x.shape)[counted]
    totals = np.ones(len(numbers)) if is_binary else np.bincount(of_each, weights, len(numbers))
    shape = (*x.shape[:-1], depth)
    return SparseTensor(indices_of(numbers, shape), Tensor(totals.astype(dtype)), np.asarray(shape, np.int64))


def bincount(x, weights=None, minlength=0):
    """The SparseTensor of `ops.bincount`; of a sparse x only its elements are counted."""
    if isinstance(x, SparseTensor):
        return _of_sparse(x, weights, minlength)
    depth = max(minlength, int(as_array(x).max()) + 1 if ops.size(x) else 0)
    dtype = "int32" if weights is None else ops.convert_to_tensor(weights).dtype
    return counts(x, depth, False, dtype, weights)


@unsafe_to_replay("it reads the integers, which give the positions of the result")
def _of_sparse(x, weights, minlength):
    values = x.values.array.astype(np.int64)
    depth = max(minlength, int(values.max()) + 1 if values.size else 0)
    shape = (*x.shape[:-1], depth)
    rows = np.ravel_multi_index(tuple(x.indices.array[:, :-1].T), x.shape[:-1]) if len(shape) > 1 else 0
    numbers, of_each = np.unique(values + rows * depth, return_inverse=True)
    given = None if weights is None else as_array(weights.values if isinstance(weights, SparseTensor) else weights)
    totals = np.bincount(of_each, given, len(numbers)).astype("int32" if given is None else given.dtype)
    return SparseTensor(indices_of(numbers, shape), Tensor(totals), np.asarray(shape, np.int64))


SPARSE_RESULTS.update(one_hot=one_hot, multi_hot=multi_hot, bincount=bincount)
