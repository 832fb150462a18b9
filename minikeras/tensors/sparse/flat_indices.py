"""Converts the positions of a sparse tensor's elements to numbers in row-major order, and back."""

import numpy as np

from minikeras import ops


def summed(numbers, values):
    """(each number once, in order; the sum of its values)."""
    unique, of_each = np.unique(numbers, return_inverse=True)
    if len(unique) == len(numbers):
        order = np.argsort(numbers)
        return unique, values if (order[:-1] < order[1:]).all() else ops.take(values, order)
    return unique, ops.segment_sum(values, of_each, num_segments=len(unique))


def indices_of(numbers, shape):
    """The indices (n, axes) of the positions with these numbers."""
    if not shape:
        return np.zeros((len(numbers), 0), np.int64)
    return np.stack(np.unravel_index(numbers, shape), axis=1).astype(np.int64)


def reduced_axes(axis, ndim):
    """The axes of a reduction as a list of nonnegative numbers; None stands for all."""
    axes = range(ndim) if axis is None else axis if isinstance(axis, (list, tuple)) else (axis,)
    return [one % ndim for one in axes]
