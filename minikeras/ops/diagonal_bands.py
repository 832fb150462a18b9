"""Diagonals and bands of matrices, read or written; several diagonals as rows of equal length."""

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.conversion import data_tensor
from minikeras.ops.creation import zeros
from minikeras.ops.diagonals import diagflat, diagonal
from minikeras.ops.indexing import take, where
from minikeras.ops.shaping import reshape, squeeze


def band_part(x, lower, upper):
    """Each matrix with zeros outside the band of `lower` diagonals below and `upper` above the main one.

    A negative number keeps all of a side.
    """
    return BandPart(int(lower), int(upper))(x)


class BandPart(Op):
    """See `band_part`;   dx = the same band of dy."""

    keeps = ()

    def __init__(self, lower, upper):
        self.lower = lower
        self.upper = upper

    def forward(self, x):
        y = np.zeros(x.shape, x.dtype)
        rows, columns = x.shape[-2:]
        lower = rows if self.lower < 0 else self.lower
        upper = columns if self.upper < 0 else self.upper
        if lower + upper < min(rows, columns):
            for k in range(-lower, upper + 1):
                diagonal = np.diagonal(y, k, -2, -1)
                diagonal.flags.writeable = True
                diagonal[...] = np.diagonal(x, k, -2, -1)
            return y
        for i in range(rows):
            band = slice(max(i - lower, 0), i + upper + 1)
            y[..., i, band] = x[..., i, band]
        return y

    def backward(self, call, dy):
        return (self.of(dy),)

    def output_shape(self, shape):
        return shape


def tensor_diag(x):
    """A tensor with twice the axes, zero but for y[i, …, i, …] = x[i, …]."""
    size = int(np.prod(x.shape))
    return reshape(diagflat(x), (*x.shape, *x.shape)) if size else zeros((*x.shape, *x.shape), x.dtype)


def tensor_diag_part(x):
    """The elements x[i, …, i, …] of a tensor whose two halves of axes are alike."""
    half = tuple(x.shape[: len(x.shape) // 2])
    size = int(np.prod(half))
    return reshape(diagonal(reshape(x, (size, size))), half)


def diag(x, k=0, num_rows=-1, num_cols=-1, padding_value=0, align="RIGHT_LEFT"):
    """Matrices with x (its last axis) on their k-th diagonal, or the rows of its last two on several.

    Args:
        k: above 0 right of the main diagonal, below 0 left of it; a pair (lowest, highest) for a band.
        num_rows, num_cols: of the matrices; −1: as few as the diagonals need.
        padding_value: the other elements.
        align: on which side shorter diagonals of a band are padded: "RIGHT_LEFT" aligns those above the main one to
            the right and those below to the left.
    """
    low, high = _band(k)
    rows, columns = _matrix_size(num_rows, num_cols, x.shape[-1], low, high)
    return _place(x, np.full((rows, columns), False), low, high, padding_value, align, None)


def _band(k):
    pair = k if isinstance(k, (list, tuple)) else (k, k)
    low, high = pair if len(pair) == 2 else (pair[0], pair[0])
    if low > high:
        raise ValueError(f"The lowest diagonal must not be above the highest. Received: k={k}")
    return low, high


def _matrix_size(rows, columns, longest, low, high):
    least_rows, least_columns = longest - min(high, 0), longest + max(low, 0)
    if rows == columns == -1:
        return (max(least_rows, least_columns),) * 2
    return (least_rows if rows == -1 else rows), (least_columns if columns == -1 else columns)


def set_diag(x, diagonal, k=0, align="RIGHT_LEFT"):
    """The matrices of x with `diagonal` on their k-th diagonal (or on a band of them); see `diag`."""
    low, high = _band(k)
    return _place(diagonal, np.full(tuple(x.shape[-2:]), False), low, high, None, align, x)


def diag_part(x, k=0, padding_value=0, align="RIGHT_LEFT"):
    """The k-th diagonal of each matrix, or several as rows, the shorter ones padded with `padding_value`."""
    low, high = _band(k)
    rows, columns, exists = _positions(*x.shape[-2:], low, high, align)
    flat = reshape(x, (*x.shape[:-2], x.shape[-2] * x.shape[-1]))
    y = take(flat, np.where(exists, rows * x.shape[-1] + columns, 0), axis=-1)
    y = y if exists.all() else where(exists, y, data_tensor(padding_value, x.dtype))
    return y if low != high else squeeze(y, -2)


def _positions(rows, columns, low, high, align):
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
    rows, columns, exists = _positions(*empty.shape, low, high, align)
    source = np.zeros(empty.shape, np.int64)  # for each position of the matrix, its element of the diagonals
    on_band = empty.copy()
    source[rows[exists], columns[exists]] = np.flatnonzero(exists)
    on_band[rows[exists], columns[exists]] = True
    is_row = low == high and len(x.shape) >= 1 and not _has_row_axis(x, background)
    lead = tuple(x.shape[: -1 if is_row else -2])
    flat = reshape(x, (*lead, int(np.prod(x.shape[len(lead) :]))))
    y = take(flat, source, axis=-1)
    other = data_tensor(padding_value, x.dtype) if background is None else background
    return where(Tensor(on_band), y, other)


def _has_row_axis(x, background):
    """Whether a single diagonal has an axis of length 1 for it, as allowed for a band."""
    return background is not None and len(x.shape) == len(background.shape)
