"""Diagonals, triangles and bands of matrices."""

import numpy as np

from minikeras import ops
from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow.conversion import integers, tensor

__all__ = [
    "band_part",
    "diag",
    "diag_part",
    "set_diag",
    "tensor_diag",
    "tensor_diag_part",
    "trace",
]


def trace(x, name=None):
    """The sum of the main diagonal of each matrix."""
    return ops.trace(tensor(x), axis1=-2, axis2=-1)


def band_part(input, num_lower, num_upper, name=None):
    """Each matrix with zeros outside the band of `num_lower` diagonals below and `num_upper` above the main one.

    A negative number keeps all.
    """
    x, lower, upper = tensor(input), integers(num_lower), integers(num_upper)
    rows, columns = np.arange(x.shape[-2])[:, None], np.arange(x.shape[-1])
    inside = ((lower < 0) | (rows - columns <= lower)) & ((upper < 0) | (columns - rows <= upper))
    return ops.where(inside, x, ops.zeros_like(x))


def tensor_diag(diagonal, name=None):
    """A tensor with twice the axes, zero but for y[i, …, i, …] = x[i, …]."""
    x = tensor(diagonal)
    size = int(np.prod(x.shape))
    return ops.reshape(ops.diagflat(x), (*x.shape, *x.shape)) if size else ops.zeros((*x.shape, *x.shape), x.dtype)


def tensor_diag_part(input, name=None):
    """The elements x[i, …, i, …] of a tensor whose two halves of axes are alike."""
    x = tensor(input)
    half = tuple(x.shape[: len(x.shape) // 2])
    size = int(np.prod(half))
    return ops.reshape(ops.diagonal(ops.reshape(x, (size, size))), half)


def diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0, align="RIGHT_LEFT"):
    """Matrices with `diagonal` (its last axis) on their k-th diagonal, or the rows of its last two on several.

    Args:
        k: above 0 right of the main diagonal, below 0 left of it; a pair (lowest, highest) for a band.
        num_rows, num_cols: of the matrices; −1: as few as the diagonals need.
        padding_value: what stands elsewhere.
        align: on which side shorter diagonals of a band are filled up: "RIGHT_LEFT" aligns those above the main one to
            the right and those below to the left.
    """
    x, (low, high) = tensor(diagonal), _band(k)
    longest = x.shape[-1]
    rows, columns = _matrix_size(integers(num_rows), integers(num_cols), longest, low, high)
    return _place(x, np.full((rows, columns), False), low, high, padding_value, align, None)


def _band(k):
    k = integers(k)
    pair = k if isinstance(k, list) else [k, k]
    low, high = pair if len(pair) == 2 else (pair[0], pair[0])
    if low > high:
        raise ValueError(f"The lowest diagonal must not be above the highest. Received: k={k}")
    return low, high


def _matrix_size(rows, columns, longest, low, high):
    least_rows, least_columns = longest - min(high, 0), longest + max(low, 0)
    if rows == columns == -1:
        return (max(least_rows, least_columns),) * 2
    return (least_rows if rows == -1 else rows), (least_columns if columns == -1 else columns)


def set_diag(input, diagonal, name="set_diag", k=0, align="RIGHT_LEFT"):
    """The matrices of `input` with `diagonal` on their k-th diagonal (or on a band of them); see `diag`."""
    x, (low, high) = tensor(input), _band(k)
    shape = tuple(x.shape[-2:])
    return _place(tensor(diagonal, x.dtype), np.full(shape, False), low, high, None, align, x)


def diag_part(input, name="diag_part", k=0, padding_value=0, align="RIGHT_LEFT"):
    """The k-th diagonal of each matrix, or several as rows, the shorter ones filled up with `padding_value`."""
    x, (low, high) = tensor(input), _band(k)
    rows, columns, exists = _places(*x.shape[-2:], low, high, align)
    flat = ops.reshape(x, (*x.shape[:-2], x.shape[-2] * x.shape[-1]))
    y = ops.take(flat, np.where(exists, rows * x.shape[-1] + columns, 0), axis=-1)
    y = y if exists.all() else ops.where(exists, y, tensor(padding_value, x.dtype))
    return y if low != high else ops.squeeze(y, -2)


def _places(rows, columns, low, high, align):
    """For each element of the diagonals as rows, highest first: its row and column, and whether it exists."""
    diagonals = np.arange(high, low - 1, -1)[:, None]
    lengths = np.minimum(rows + np.minimum(diagonals, 0), columns - np.maximum(diagonals, 0))
    longest = int(lengths.max())
    above, below = align.split("_")
    to_right = np.where(diagonals >= 0, above == "RIGHT", below == "RIGHT")
    along = np.arange(longest) - np.where(to_right, longest - lengths, 0)
    exists = (along >= 0) & (along < lengths)
    return along - np.minimum(diagonals, 0), along + np.maximum(diagonals, 0), exists


def _place(x, empty, low, high, padding_value, align, background):
    """Matrices with the diagonals x; elsewhere `background`, or `padding_value` if there is none."""
    rows, columns, exists = _places(*empty.shape, low, high, align)
    source = np.zeros(
        empty.shape, np.int64
    )  # for each place of the matrix, which element of the diagonals stands there
    on_band = empty.copy()
    source[rows[exists], columns[exists]] = np.flatnonzero(exists)
    on_band[rows[exists], columns[exists]] = True
    lead = (
        tuple(x.shape[:-1])
        if low == high and len(x.shape) >= 1 and not _has_row_axis(x, background, low, high)
        else tuple(x.shape[:-2])
    )
    flat = ops.reshape(x, (*lead, int(np.prod(x.shape[len(lead) :]))))
    y = ops.take(flat, source, axis=-1)
    other = tensor(padding_value, x.dtype) if background is None else background
    return ops.where(Tensor(on_band), y, other)


def _has_row_axis(x, background, low, high):
    """Whether a single diagonal came with an axis of length 1 for it, as it may for a band."""
    return background is not None and len(x.shape) == len(background.shape)
