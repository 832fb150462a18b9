"""Rearranges sparse tensors: joins, slices, reshapes, transposes; keeps or adds elements."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.compat.tensorflow.sparse_values.checks import check_choice, check_order
from minikeras.tensors.sparse.sparse_tensor import SparseTensor, reorder


def parts(sparse):
    """(positions as an array, the lengths of the axes as a tuple)."""
    return sparse.indices.array, tuple(sparse.dense_shape.array.tolist())


def taken(sparse, order):
    """The values at these positions of the list, as a Tensor."""
    order = np.asarray(order, np.int64)
    if sparse.dtype == "string":
        return Tensor(sparse.values.array[order])
    return ops.take(sparse.values, order, 0)


def concatenate(axis, tensors, expand_nonconcat_dims=False):
    """Sparse tensors joined along an axis.

    Args:
        expand_nonconcat_dims: let the other axes be as long as the longest.

    Raises:
        ValueError: the other axes differ.
    """
    shapes = [parts(tensor)[1] for tensor in tensors]
    axis = axis % len(shapes[0])
    others = {tuple(np.delete(shape, axis).tolist()) for shape in shapes}
    if len(others) > 1 and not expand_nonconcat_dims:
        raise ValueError(f"Sparse tensors to concatenate differ in another axis than {axis}. Received: {shapes}")
    shape = np.max(shapes, axis=0)
    starts = np.cumsum([0, *(shape[axis] for shape in shapes)])
    shape[axis] = starts[-1]
    positions = [tensor.indices.array.copy() for tensor in tensors]
    for place, start in zip(positions, starts, strict=False):
        place[:, axis] += start
    if tensors[0].dtype == "string":
        values = Tensor(np.concatenate([tensor.values.array for tensor in tensors]))
    else:
        values = ops.concatenate([tensor.values for tensor in tensors], 0)
    return reorder(SparseTensor(np.concatenate(positions), values, shape))


def part(sparse, start, size):
    """The block that begins at `start` and has at most `size` elements along each axis."""
    positions, shape = parts(sparse)
    start, size = np.asarray(start), np.asarray(size)
    inside = np.flatnonzero(((positions >= start) & (positions < start + size)).all(1))
    lengths = np.clip(np.minimum(size, np.asarray(shape) - start), 0, None)
    return SparseTensor(positions[inside] - start, taken(sparse, inside), lengths)


def transpose(sparse, perm=None):
    """The axes in another order, reversed by default."""
    positions, shape = parts(sparse)
    perm = list(range(len(shape)))[::-1] if perm is None else list(perm)
    check_order(perm, shape)
    return reorder(SparseTensor(positions[:, perm], sparse.values, np.asarray(shape)[perm]))


def retain(sparse, keep):
    """The elements for which `keep` is true."""
    keep = as_array(keep)
    check_choice(keep, sparse.values.shape[0])
    chosen = np.flatnonzero(keep)
    return SparseTensor(sparse.indices.array[chosen], taken(sparse, chosen), sparse.dense_shape)


def reshape(sparse, shape):
    """The same elements in another shape; −1 stands for the one length that follows from the others."""
    positions, old = parts(sparse)
    shape = np.asarray(shape, np.int64).copy()
    total = int(np.prod(old))
    if (shape == -1).any():
        shape[shape == -1] = total // -int(np.prod(shape))
    if int(np.prod(shape)) != total:
        raise ValueError(f"A sparse tensor of shape {old} has {total} positions. Received: shape={shape.tolist()}")
    flat = np.ravel_multi_index(tuple(positions.T), old) if len(positions) else np.zeros(0, np.int64)
    return SparseTensor(np.stack(np.unravel_index(flat, shape), 1), sparse.values, shape)


def fill_empty_rows(sparse, default):
    """(the tensor with `default` as the first element of each row without elements, which rows these were)."""
    positions, shape = parts(sparse)
    is_empty = np.bincount(positions[:, 0].astype(np.intp, copy=False), minlength=shape[0]) == 0
    rows = np.flatnonzero(is_empty)
    added = np.zeros((len(rows), len(shape)), np.int64)
    added[:, 0] = rows
    if sparse.dtype == "string":
        default = default.encode() if isinstance(default, str) else default
        values = Tensor(np.concatenate([sparse.values.array, np.full(len(rows), default, object)]))
    else:
        filling = np.full(len(rows), as_array(default), sparse.values.array.dtype)
        values = ops.concatenate([sparse.values, Tensor(filling)], 0)
    filled = SparseTensor(np.concatenate([positions, added]), values, shape)
    return reorder(filled), Tensor(is_empty)
