"""Reads elements by index, where leading axes of both tensors are a batch, and by mask; makes masks from lengths."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.ops.creation import zeros_like
from minikeras.ops.indexing import take, take_along_axis, where
from minikeras.ops.scattering import Gather
from minikeras.ops.shaping import expand_dims, reshape, transpose


def gather_batch(params, indices, axis, batch_dims):
    """The slices of `params` at `indices` along `axis`, for each example of the first `batch_dims` axes."""
    batch, between = tuple(params.shape[:batch_dims]), tuple(params.shape[batch_dims:axis])
    order = [*range(batch_dims), axis, *range(batch_dims, axis), *range(axis + 1, len(params.shape))]
    count, length = int(np.prod(batch)), params.shape[axis]
    table = transpose(params, order)
    rest = tuple(table.shape[batch_dims + 1 :])
    starts = (np.arange(count) * length).reshape(*batch, *[1] * (len(indices.shape) - batch_dims))
    rows = take(reshape(table, (count * length, *rest)), indices + starts.astype(indices.dtype), axis=0)
    inner = len(indices.shape)  # the axes: batch, indices, between, rest
    moved = [*range(batch_dims), *range(inner, inner + len(between)), *range(batch_dims, inner)]
    return transpose(rows, [*moved, *range(inner + len(between), len(rows.shape))])


def gather_nd(params, indices, batch_dims=0, ignore_bad_indices=False):
    """The elements or slices of `params` at the positions in the rows of `indices` (…, depth).

    Args:
        batch_dims: that many leading axes of both are a batch: each example has its own indices.
        ignore_bad_indices: whether an index out of range gives 0 instead of an error.
    """
    if not batch_dims and not ignore_bad_indices:
        return Gather()(params, indices)
    positions = np.asarray(indices.array)
    examples = np.indices(positions.shape[:batch_dims]).reshape(batch_dims, *positions.shape[:batch_dims])
    examples = np.moveaxis(examples, 0, -1).reshape(
        *positions.shape[:batch_dims], *[1] * (positions.ndim - batch_dims - 1), batch_dims
    )
    examples = np.broadcast_to(examples, (*positions.shape[:-1], batch_dims))
    positions = np.concatenate([examples, positions], axis=-1)
    if not ignore_bad_indices:
        return Gather()(params, Tensor(positions))
    exists = ((positions >= 0) & (positions < np.array(params.shape[: positions.shape[-1]]))).all(-1)
    y = Gather()(params, Tensor(np.where(exists[..., None], positions, 0)))
    keep = exists.reshape(exists.shape + (1,) * (len(y.shape) - exists.ndim))
    return where(keep, y, zeros_like(y))


def boolean_mask(x, mask, axis=0):
    """The elements (or slices) of x where `mask` is True, in one axis.

    Args:
        mask: booleans in the shape of the axes of x from `axis` on, which they replace.

    Raises:
        ValueError: the mask has no axes, or another shape.
    """
    axis = axis % len(x.shape)
    shape, rank = tuple(x.shape), len(mask.shape)
    if rank == 0:
        raise ValueError("`mask` must have at least one axis. Received a scalar.")
    if shape[axis : axis + rank] != tuple(mask.shape):
        raise ValueError(f"Shapes {shape[axis : axis + rank]} and {tuple(mask.shape)} are incompatible")
    flat = reshape(x, (*shape[:axis], int(np.prod(mask.shape)), *shape[axis + rank :]))
    return take(flat, np.flatnonzero(mask.array), axis=axis)


def sequence_mask(lengths, count=None):
    """For each length n a row of `count` booleans: True at the first n positions. By default the largest length."""
    count = lengths.array.max(initial=0) if count is None else count
    return Tensor(np.arange(count).astype(lengths.dtype)) < expand_dims(lengths, -1)


def reverse_sequence(x, lengths, seq_axis, batch_axis=0):
    """In each example of a batch, the first `lengths[i]` elements along `seq_axis` in reverse order."""
    lengths = np.asarray(lengths)
    batch_axis, seq_axis = batch_axis % len(x.shape), seq_axis % len(x.shape)
    positions = np.arange(x.shape[seq_axis])
    order = np.where(positions < lengths[:, None], lengths[:, None] - 1 - positions, positions)  # (batch, length)
    shape = [1] * len(x.shape)
    shape[batch_axis], shape[seq_axis] = len(lengths), x.shape[seq_axis]
    order = order if batch_axis < seq_axis else order.T
    return take_along_axis(x, order.reshape(shape), axis=seq_axis)


def positions_where(condition):
    """The positions where a condition holds: int64 rows of indices."""
    return Tensor(np.argwhere(condition.array).astype(np.int64))


def slice_key(begin, end, strides, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0):
    """The key of a slice that is given by vectors; bit i of a mask decides what the i-th part of it is.

    Args:
        begin_mask, end_mask: there is no start, or no end.
        ellipsis_mask, new_axis_mask, shrink_axis_mask: it is `...`, a new axis, or the number `begin[i]`.
    """
    key = []
    for i, (start, stop, step) in enumerate(zip(*[np.asarray(x).tolist() for x in (begin, end, strides)], strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            key.append(...)
        elif new_axis_mask & bit:
            key.append(None)
        elif shrink_axis_mask & bit:
            key.append(start)
        else:
            key.append(slice(None if begin_mask & bit else start, None if end_mask & bit else stop, step))
    return tuple(key)
