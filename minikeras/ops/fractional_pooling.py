"""Pooling over regions of unequal size: the largest or the mean element of each.

Rows and columns are cut at any positions. With `overlapping`, a region shares its last row and column with the next
one. (Graham, "Fractional max-pooling", 2015; where the cuts come from: `minikeras/random/pooling_regions.py`.)
"""

import numpy as np

from minikeras.ops.arithmetic import multiply
from minikeras.ops.core import cast
from minikeras.ops.indexing import take, take_along_axis
from minikeras.ops.reduction import argmax, sum
from minikeras.ops.shaping import reshape, transpose


def max_of_regions(x, row_cuts, column_cuts, overlapping):
    """y[b, i, j, c] = max of x[b, rows of i, columns of j, c];   the gradient goes to the first largest element.

    Args:
        x: (batch, height, width, channels).
        row_cuts, column_cuts: the first row of each region, and the end.
        overlapping: whether regions share their borders.
    """
    elements, _ = _elements(x, row_cuts, column_cuts, overlapping)
    return take_along_axis(elements, argmax(elements, axis=3, keepdims=True), axis=3)[:, :, :, 0]


def mean_of_regions(x, row_cuts, column_cuts, overlapping):
    """y[b, i, j, c] = mean of x[b, rows of i, columns of j, c]."""
    elements, counts = _elements(x, row_cuts, column_cuts, overlapping)
    weights = (counts / np.maximum(counts.sum(-1, keepdims=True), 1))[None, :, :, :, None]
    return cast(sum(multiply(elements, weights.astype(x.dtype)), axis=3), x.dtype)


def _elements(x, row_cuts, column_cuts, overlapping):
    """(batch, rows, columns, elements, channels) of all regions, filled up with the first; 1 for those that count."""
    batch, height, width, channels = x.shape
    (rows, row_counts), (columns, column_counts) = (
        _indices(cuts, length, overlapping) for cuts, length in ((row_cuts, height), (column_cuts, width))
    )
    parts = take(take(x, rows.reshape(-1), axis=1), columns.reshape(-1), axis=2)
    parts = transpose(reshape(parts, (batch, *rows.shape, *columns.shape, channels)), (0, 1, 3, 2, 4, 5))
    counts = row_counts[:, None, :, None] * column_counts[None, :, None, :]
    return reshape(parts, (batch, len(rows), len(columns), -1, channels)), counts.reshape(len(rows), len(columns), -1)


def _indices(cuts, length, overlapping):
    """(regions, longest): the positions of each region, filled up with its first; 1 for those that count."""
    starts, ends = cuts[:-1], np.minimum(cuts[1:] + bool(overlapping), length)
    positions = starts[:, None] + np.arange((ends - starts).max())
    inside = positions < ends[:, None]
    return np.where(inside, positions, starts[:, None]), inside.astype(np.int64)
