"""Joins, repeats and reverses ragged tensors, and reads them at indices, along any axis.

An axis after the first is that of `values` with one less, so each function calls itself until it has reached the axis.
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged.broadcasting import coordinates, is_ragged
from minikeras.tensors.ragged.ragged_tensor import RaggedTensor, take_rows
from minikeras.tensors.ragged.ragged_tensor import concatenate as concatenate_rows


def as_ragged(x, ragged_rank=1):
    """A tensor of at least `ragged_rank` + 1 axes as a ragged one; a ragged one is returned as it is.

    Raises:
        ValueError: too few axes.
    """
    x = x if is_ragged(x) else data_tensor(x)
    rank = x.ragged_rank if is_ragged(x) else 0
    if rank >= ragged_rank:
        return x
    if len(x.shape) <= ragged_rank:
        raise ValueError(f"Beside ragged tensors of {ragged_rank + 1} or more axes, {x} has too few.")
    if rank:
        return x.with_values(as_ragged(x.values, ragged_rank - 1))
    n, width = x.shape[:2]
    flat = RaggedTensor._flat_rows(x, np.arange(n * width))
    inner = as_ragged(flat, ragged_rank - 1) if ragged_rank > 1 else flat
    return RaggedTensor.from_uniform_row_length(inner, width, nrows=n)


def _axis(axis, rank):
    if not -rank <= axis < rank:
        raise ValueError(f"axis={axis} is out of bounds for {rank} axes: it must be in [{-rank}, {rank}).")
    return axis % rank


def concatenate(values, axis):
    """Ragged (and dense) tensors joined along an axis.

    Raises:
        InvalidArgumentError: for a later axis, the tensors do not have the same rows.
    """
    values = [x if is_ragged(x) else data_tensor(x) for x in values]
    if not any(map(is_ragged, values)):
        return concatenate_rows(values) if axis == 0 else ops.concatenate(values, axis)
    axis = _axis(axis, len(values[0].shape))
    rank = max(x.ragged_rank for x in values if is_ragged(x))
    values = [as_ragged(x, rank) for x in values]
    if len(values) == 1:
        return values[0]
    if axis == 0:
        return concatenate_rows(values)
    if axis > 1:
        _check_rows(values, same_lengths=True)
        return values[0].with_values(concatenate([x.values for x in values], axis - 1))
    _check_rows(values, same_lengths=False)
    every, n = concatenate_rows(values), len(values[0])
    order = np.arange(n * len(values)).reshape(len(values), n).T.ravel()  # row 0 of each, row 1 of each, …
    rows = every.rows_at(order)
    return RaggedTensor(rows.values, rows._row_splits[:: len(values)])


def _check_rows(values, same_lengths):
    first = values[0]._row_splits
    for x in values[1:]:
        if len(x) + 1 != len(first) or (same_lengths and not np.array_equal(x._row_splits, first)):
            raise InvalidArgumentError(
                None, None, f"Ragged tensors joined along this axis need the same rows. Received: {values[0]} and {x}"
            )


def stack(values, axis=0):
    """Ragged and dense tensors, also of different lengths, stacked along a new axis: a ragged tensor.

    Numbers become a tensor.
    """
    values = [x if is_ragged(x) else data_tensor(x) for x in values]
    rank = len(values[0].shape)
    axis = _axis(axis, rank + 1)
    if rank == 0:
        return concatenate_rows([ops.expand_dims(x, 0) for x in values])
    ragged_rank = max((x.ragged_rank for x in values if is_ragged(x)), default=min(rank - 1, 1))
    values = [as_ragged(x, ragged_rank) if ragged_rank else x for x in values]
    if axis == 0:
        return RaggedTensor.of_rows(values)
    return concatenate([expand_dims(x, axis) for x in values], axis)


def expand_dims(x, axis):
    """A new axis of length 1."""
    if not is_ragged(x):
        if x.dtype == "string":
            return Tensor(np.expand_dims(x.array, axis))
        return ops.expand_dims(x, axis)
    axis = _axis(axis, len(x.shape) + 1)
    if axis == 0:
        return RaggedTensor(x, np.array([0, len(x)]), len(x))
    if axis == 1:
        return RaggedTensor.from_uniform_row_length(x, 1, nrows=len(x))
    return x.with_values(expand_dims(x.values, axis - 1))


def squeeze(x, axis):
    """The tensor without these axes (an integer or several), which have length 1."""
    axes = sorted({_axis(a, len(x.shape)) for a in np.atleast_1d(axis).tolist()}, reverse=True)
    for a in axes:
        x = _without_axis(x, a)
    return x


def _without_axis(x, axis):
    if not is_ragged(x):
        return ops.squeeze(x, axis)
    if axis == 0 and len(x) == 1:
        return x[0]
    if axis == 1 and np.all(np.diff(x._row_splits) == 1):
        return x.values
    if axis > 1:
        return x.with_values(_without_axis(x.values, axis - 1))
    raise InvalidArgumentError(None, None, f"Axis {axis} cannot be removed: its length is not 1. Received: {x}")


def tile(x, multiples):
    """x repeated multiples[a] times along each axis a."""
    for axis, times in enumerate(multiples):
        if times != 1:
            x = concatenate([x] * times, axis) if times else _first(x, axis)
    return x


def _first(x, axis):
    """Nothing along an axis."""
    if not is_ragged(x):
        return x[(slice(None),) * axis + (slice(0),)]
    return x.rows_at(np.arange(0)) if axis == 0 else x[(slice(None),) * axis + (slice(0),)]


def reverse(x, axes):
    """x reversed along these axes, row by row."""
    for axis in axes:
        x = _reversed(x, _axis(axis, len(x.shape)))
    return x


def _reversed(x, axis):
    if not is_ragged(x):
        return ops.flip(x, axis)
    if axis == 0:
        return x.rows_at(np.arange(len(x))[::-1])
    if axis > 1:
        return x.with_values(_reversed(x.values, axis - 1))
    starts, ends = x._row_splits[:-1], x._row_splits[1:]
    rows = np.repeat(np.arange(len(x)), ends - starts)
    return RaggedTensor(take_rows(x.values, ends[rows] - 1 - np.arange(len(x.values)) + starts[rows]), x._row_splits)


def where(condition):
    """The coordinates at which a ragged tensor of booleans is true: (n, axes) int64."""
    flat = condition.flat_values.array
    inner = np.argwhere(flat)
    outer = np.stack(coordinates(condition), axis=1)[inner[:, 0]]
    return Tensor(np.concatenate([outer, inner[:, 1:]], axis=1).astype(np.int64))


def gather(x, indices, batch_dims=0):
    """The rows of x, ragged or dense, at indices, ragged or dense; with `batch_dims=1` row i reads from row i.

    Raises:
        InvalidArgumentError: an index is out of range.
    """
    if batch_dims == 1:
        indices = as_ragged(indices)
        starts = as_ragged(x)._row_splits[:-1][indices.value_rowids().array]
        flat = indices.values.array + starts
        _check_range(flat, as_ragged(x)._row_splits[1:][indices.value_rowids().array])
        return indices.with_values(take_rows(as_ragged(x).values, flat))
    if batch_dims:
        raise ValueError(f"`gather` of ragged tensors takes batch_dims 0 or 1. Received: {batch_dims}")
    if is_ragged(indices):
        return indices.with_values(gather(x, indices.values))
    index = data_tensor(indices).array
    _check_range(index, len(x))
    if index.ndim == 0:
        return x[int(index)]
    rows = take_rows(x, index.ravel())
    for n in reversed(index.shape[1:]):
        rows = RaggedTensor.from_uniform_row_length(rows, n) if is_ragged(rows) else rows
    return rows if is_ragged(rows) else ops.reshape(rows, (*index.shape, *rows.shape[1:]))


def _check_range(index, ends):
    if np.any(index < 0) or np.any(index >= ends):
        raise InvalidArgumentError(None, None, f"Indices must be below {ends}. Received: {index}")


def gather_nd(x, indices):
    """The rows or elements at the coordinates that the rows of `indices` (n, depth) give."""
    index = data_tensor(indices).array
    if index.ndim != 2 or not index.shape[1]:
        raise ValueError(f"`indices` of a ragged tensor must have the shape (n, depth). Received: {index.shape}")
    _check_range(index[:, 0], len(x))
    positions = index[:, 0]
    for number in index.T[1:]:
        if not is_ragged(x):
            positions = positions * x.shape[1] + number
            x = ops.reshape(x, (-1, *x.shape[2:]))
            continue
        starts, ends = x._row_splits[:-1][positions], x._row_splits[1:][positions]
        _check_range(number, ends - starts)
        x, positions = x.values, starts + number
    return take_rows(x, positions)


def boolean_mask(data, mask):
    """The values at which `mask`, ragged or not, is true, in their rows.

    Raises:
        InvalidArgumentError: the rows of the mask are not those of the data.
    """
    mask = mask if is_ragged(mask) else data_tensor(mask)
    if len(mask.shape) == 1:
        data = data if is_ragged(data) else data_tensor(data)
        return take_rows(data, np.flatnonzero(mask.array))
    data, mask = as_ragged(data), as_ragged(mask)
    if not np.array_equal(data._row_splits, mask._row_splits):
        raise InvalidArgumentError(None, None, f"The mask {mask} has not the rows of the data {data}.")
    values = boolean_mask(data.values, mask.values)
    if len(mask.shape) > 2:
        return data.with_values(values)
    rows = mask.value_rowids().array[mask.values.array]
    return RaggedTensor.from_row_lengths(values, np.bincount(rows, minlength=len(mask)))


def stack_dynamic_partitions(data, partitions, num_partitions):
    """Row p has the values of `data`, in order, whose partition is p.

    Raises:
        InvalidArgumentError: a partition is not below `num_partitions`.
    """
    data = data if is_ragged(data) else data_tensor(data)
    partitions = partitions if is_ragged(partitions) else data_tensor(partitions)
    while len(partitions.shape) > 1:
        data, partitions = as_ragged(data).values, as_ragged(partitions).values
    numbers, count = partitions.array, int(num_partitions)
    _check_range(numbers, count)
    values = take_rows(data, np.argsort(numbers, kind="stable"))
    return RaggedTensor.from_row_lengths(values, np.bincount(numbers, minlength=count))
