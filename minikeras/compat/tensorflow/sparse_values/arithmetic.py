"""Sums, maxima and softmax of sparse tensors, where positions without an element count as 0 or not at all."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.sparse_values.arrangement import parts
from minikeras.compat.tensorflow.sparse_values.checks import check_any
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.sparse.sparse_tensor import SparseTensor, reorder, to_dense


def add(a, b, threshold=0):
    """a + b; sparse if both are.

    Args:
        threshold: sums of two elements whose magnitude is below it are left out.
    """
    if not isinstance(a, SparseTensor) or not isinstance(b, SparseTensor):
        dense = [to_dense(reorder(x)) if isinstance(x, SparseTensor) else data_tensor(x) for x in (a, b)]
        return ops.add(*dense)
    total = _combined(a, b, ops.segment_sum)
    if threshold:
        is_sum = (to_dense(_ones(a)).array * to_dense(_ones(b)).array)[tuple(total.indices.array.T)] > 0
        keep = np.flatnonzero(~is_sum | (np.abs(total.values.array) >= threshold))
        total = SparseTensor(total.indices.array[keep], ops.take(total.values, keep, 0), total.dense_shape)
    return total


def _ones(sparse):
    return reorder(SparseTensor(sparse.indices, np.ones(len(sparse.indices.array)), sparse.dense_shape))


def _combined(a, b, reduce):
    """The values at the same position, reduced to one."""
    (positions_a, shape), (positions_b, other) = parts(a), parts(b)
    if shape != other:
        raise ValueError(f"Both sparse tensors must have the same shape. Received: {shape} and {other}")
    flat = np.ravel_multi_index(tuple(np.concatenate([positions_a, positions_b]).T), shape)
    different, segments = np.unique(flat, return_inverse=True)
    values = reduce(ops.concatenate([a.values, b.values], 0), segments, len(different))
    return SparseTensor(np.stack(np.unravel_index(different, shape), 1), values, shape)


def map_values(function, *args, **kwargs):
    """A sparse tensor with `function` of the values.

    Raises:
        ValueError: there is no SparseTensor among the arguments, or two have their elements at different positions.
    """
    sparse = [x for x in (*args, *kwargs.values()) if isinstance(x, SparseTensor)]
    check_any(sparse)
    first, *others = map(parts, sparse)
    if any(shape != first[1] or not np.array_equal(positions, first[0]) for positions, shape in others):
        raise ValueError("The sparse tensors of `map_values` must have their elements at the same positions.")

    def values(x):
        return x.values if isinstance(x, SparseTensor) else x

    mapped = function(*map(values, args), **{name: values(x) for name, x in kwargs.items()})
    return SparseTensor(sparse[0].indices, mapped, sparse[0].dense_shape)


def _rows(positions, shape):
    return np.ravel_multi_index(tuple(positions.T), shape) if shape else np.zeros(len(positions), np.int64)


def reduce(function, sparse, axis=None, keepdims=False, is_sparse=False):
    """The elements reduced over axes by `ops.segment_sum` or `ops.segment_max`; 0 where there are none.

    Args:
        axis: one axis, several, or None for all.
        is_sparse: return a SparseTensor.

    Raises:
        ValueError: there is no such axis.
    """
    positions, shape = parts(sparse)
    axes = range(len(shape)) if axis is None else [axis] if isinstance(axis, int) else axis
    if any(not -len(shape) <= a < len(shape) for a in axes):
        raise ValueError(f"A sparse tensor of shape {shape} has no such axis. Received: axis={axis}")
    axes = {a % len(shape) for a in axes}
    kept = [a for a in range(len(shape)) if a not in axes]
    lengths = tuple(shape[a] for a in kept)
    flat = _rows(positions[:, kept], lengths)
    different, segments = np.unique(flat, return_inverse=True)
    values = function(sparse.values, segments, len(different))
    full = tuple(1 if a in axes else n for a, n in enumerate(shape))
    if is_sparse:
        inserted = np.zeros((len(different), len(full if keepdims else kept)), np.int64)
        inserted[:, kept if keepdims else slice(None)] = _positions(different, lengths)
        return SparseTensor(inserted, values, full if keepdims else lengths)
    result = (
        to_dense(SparseTensor(_positions(different, lengths), values, lengths)) if lengths else _only(values, sparse)
    )
    return ops.reshape(result, full) if keepdims else result


def _positions(flat, shape):
    return np.stack(np.unravel_index(flat, shape), 1) if shape else np.zeros((len(flat), 0), np.int64)


def _only(values, sparse):
    return ops.reshape(values, ()) if values.shape[0] else Tensor(np.zeros((), sparse.values.array.dtype))
