"""Sums, means and extrema of ragged tensors along any axes.

Values that share all coordinates but that of the axis form a segment, so every reduction is a reduction of segments:

    sum over axis 0 of [[3, 1], [], [5, 9, 2]]     segments by column, 0 1 | | 0 1 2 → [8, 10, 2]
    sum over axis 1                                segments by row,    0 0 | | 2 2 2 → [4, 0, 16]
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff.shapes import normalize_axes
from minikeras.base.extension_dtypes import dtype_limits
from minikeras.tensors.ragged.arrangement import expand_dims
from minikeras.tensors.ragged.broadcasting import coordinates, elementwise

NAMES = ("sum", "prod", "max", "min", "mean", "var", "std", "any", "all")


def reduce(name, x, axis=None, keepdims=False):
    """The reduction `name` (one of `NAMES`) of a ragged tensor.

    Args:
        axis: None for all, an integer or several.

    Returns:
        A tensor if no ragged axis remains, else a ragged tensor. A row without elements gives the neutral element of
        sums and products, the smallest or largest number of its dtype for max and min, and NaN for means.

    Raises:
        ValueError: an axis does not exist, or there are more than two ragged axes and an outer one is reduced.
    """
    rank = len(x.shape)
    axes = sorted(normalize_axes(axis, rank))
    if name == "mean":
        return _mean(x, axes, keepdims)
    if name in ("var", "std"):
        return _deviation(name, x, axes, keepdims)
    if name in ("any", "all"):
        extremum = reduce("max" if name == "any" else "min", _mapped(x, lambda v: ops.cast(v, "int32")), axes, keepdims)
        return _mapped(extremum, lambda v: ops.greater(v, 0))
    if len(axes) == rank:
        y = _of_all(name, x.flat_values)
        return ops.reshape(y, (1,) * rank) if keepdims else y
    for a in reversed(axes):
        x = _along(name, x, a)
        if keepdims:
            x = expand_dims(x, a)
    return x


def _of_all(name, values):
    if 0 in values.shape and name in ("max", "min"):
        return ops.convert_to_tensor(_neutral(name, values.dtype))
    return getattr(ops, name)(values)


def _neutral(name, dtype):
    """The values of max and min over no elements."""
    limits = dtype_limits(dtype)
    return np.asarray(limits.min if name == "max" else limits.max, dtype)


def _mapped(x, function):
    return x.with_flat_values(function(x.flat_values)) if hasattr(x, "flat_values") else function(x)


def _mean(x, axes, keepdims):
    """Sum / number of elements, in the float dtype that division gives."""
    if x.dtype == "bool":
        x = _mapped(x, lambda v: ops.cast(v, "int32"))
    if len(axes) == len(x.shape):
        y = ops.mean(x.flat_values)
        return ops.reshape(y, (1,) * len(axes)) if keepdims else y
    ones = _mapped(x, ops.ones_like)
    total, count = (reduce("sum", part, axes, keepdims) for part in (x, ones))
    if hasattr(total, "flat_values"):
        return elementwise(ops.true_divide, total, count)
    return ops.true_divide(total, count)


def _deviation(name, x, axes, keepdims):
    """E[x²] − E[x]², or its root."""
    squares, means = _mean(x * x, axes, keepdims), _mean(x, axes, keepdims)
    variance = squares - means * means
    return _mapped(variance, ops.sqrt) if name == "std" else variance


def _along(name, x, axis):
    """The reduction along one axis, which is removed."""
    if not hasattr(x, "flat_values"):
        return getattr(ops, name)(x, axis=axis)
    if axis > x.ragged_rank:
        return _mapped(x, lambda v: getattr(ops, name)(v, axis=axis - x.ragged_rank))
    if axis == x.ragged_rank:
        return _inside_rows(name, x)
    if x.ragged_rank == 1:
        columns = coordinates(x)[1]
        return _of_segments(name, x.flat_values, columns, int(x.bounding_shape(axis=1).array))
    if x.ragged_rank == 2:
        return _outside_rows(name, x, axis)
    if axis > 0:
        return x.with_values(_along(name, x.values, axis - 1))
    raise ValueError(f"A reduction along axis 0 takes at most two ragged axes. Received: {x.ragged_rank}, {x}")


def _inside_rows(name, x):
    """Along the innermost ragged axis: one value for each row."""
    if x.ragged_rank > 1:
        return x.with_values(_inside_rows(name, x.values))
    return _of_segments(name, x.values, x.value_rowids().array, len(x))


def _outside_rows(name, x, axis):
    """Along axis 0 or 1 of two ragged axes: rows (j or i) of values k."""
    positions = coordinates(x)
    row, k = positions[1 - axis], positions[2]
    outer = len(x) if axis == 1 else int(x.bounding_shape(axis=1).array)
    lengths = np.zeros(outer, np.int64)
    np.maximum.at(lengths, row, k + 1)
    splits = np.concatenate([[0], np.cumsum(lengths)])
    return type(x)(_of_segments(name, x.flat_values, splits[row] + k, int(splits[-1])), splits)


def _of_segments(name, values, segments, count):
    y = getattr(ops, f"segment_{name}")(values, segments, count)
    if name not in ("max", "min"):
        return y
    empty = np.bincount(segments, minlength=count) == 0
    if not empty.any():
        return y
    return ops.where(empty.reshape(-1, *[1] * (len(y.shape) - 1)), _neutral(name, y.dtype), y)
