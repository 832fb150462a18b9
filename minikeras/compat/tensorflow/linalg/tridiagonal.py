"""Tridiagonal matrices, given by three rows (…, 3, n): the diagonals above, on and below the main one.

The last element of the first row and the first one of the last lie outside of the matrix and count for nothing.
"""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Stack
from minikeras.ops.core import cast
from minikeras.ops.diagonal_bands import diag_part
from minikeras.ops.indexing import where
from minikeras.ops.padding import pad
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.reordering import roll
from minikeras.ops.shaping import expand_dims, swapaxes


def compact_diagonals(diagonals, diagonals_format):
    """The three rows (…, 3, n) of matrices given in one of TensorFlow's formats.

    Args:
        diagonals_format: "compact", these rows; "sequence", a list of the three, of which the first and the last may be
            shorter by one; "matrix", the matrices (…, n, n).

    Raises:
        ValueError: another format, or number of diagonals.
    """
    if diagonals_format == "compact":
        if diagonals.shape[-2] != 3:
            raise ValueError(f"`diagonals` must be three. Received: diagonals.shape={tuple(diagonals.shape)}")
        return diagonals
    if diagonals_format == "matrix":
        return diag_part(diagonals, (-1, 1), 0, "LEFT_RIGHT")
    if diagonals_format != "sequence":
        raise ValueError(
            "`diagonals_format` must be 'compact', 'sequence' or 'matrix'. Received: "
            f"diagonals_format={diagonals_format!r}"
        )
    above, main, below = diagonals
    batch = [(0, 0)] * (len(main.shape) - 1)
    if above.shape[-1] < main.shape[-1]:
        above = pad(above, [*batch, (0, 1)])
    if below.shape[-1] < main.shape[-1]:
        below = pad(below, [*batch, (1, 0)])
    return Stack(-2)([above, main, below])


def tridiagonal_matmul(diagonals, x):
    """The product of tridiagonal matrices and matrices x (…, n, columns)."""
    above, main, below = (expand_dims(row, -1) for row in _inside(diagonals))
    return above * roll(x, -1, axis=-2) + main * x + below * roll(x, 1, axis=-2)


def tridiagonal_solve(diagonals, b):
    """X with A X = B, for tridiagonal matrices A and matrices B (…, n, columns)."""
    return TridiagonalSolve()(Stack(-2)(_inside(diagonals)), b)


def _inside(diagonals):
    """The three rows with zeros at the two positions outside of the matrix."""
    n = diagonals.shape[-1]
    positions = np.arange(n)
    above, main, below = (diagonals[..., i, :] for i in range(3))
    zero = cast(0, diagonals.dtype)
    return [where(positions < n - 1, above, zero), main, where(positions > 0, below, zero)]


class TridiagonalSolve(Op):
    """X with A X = B;   dB = A⁻ᵀ dX, dA = −dB Xᵀ on the three diagonals.

    By elimination: each step takes the row with the larger first element of two, so that no factor is above 1.

    Inputs: diagonals (…, 3, n), zero outside of the matrix; b (…, n, columns).
    """

    def forward(self, diagonals, b):
        n = diagonals.shape[-1]
        above, main, below = (diagonals[..., i, :, None] for i in range(3))
        shape = np.broadcast_shapes(main.shape, b.shape[:-1] + (1,))
        zero = np.zeros((*shape[:-2], 1), diagonals.dtype)
        first, second, rest = main[..., 0, :] + zero, above[..., 0, :] + zero, zero + 0
        right = b[..., 0, :] + zero
        rows = []
        for i in range(1, n):
            other = below[..., i, :], main[..., i, :], above[..., i, :], b[..., i, :]
            swap = np.abs(other[0]) > np.abs(first)
            pivot = [np.where(swap, y, x) for x, y in zip((first, second, rest, right), other, strict=True)]
            under = [np.where(swap, x, y) for x, y in zip((first, second, rest, right), other, strict=True)]
            factor = under[0] / pivot[0]
            rows.append(pivot)
            first, second, right = (u - factor * p for u, p in zip(under[1:], pivot[1:], strict=True))
            rest = zero
        rows.append([first, second, rest, right])
        return _substituted(rows)

    def backward(self, call, dx):
        diagonals, _ = call.inputs
        x = call.output
        above, main, below = (diagonals[..., i, :] for i in range(3))
        db = TridiagonalSolve().of(Stack(-2).of(roll(below, -1, axis=-1), main, roll(above, 1, axis=-1)), dx)
        products = [-sum_over(db * roll(x, shift, axis=-2), axis=-1) for shift in (-1, 0, 1)]
        return Stack(-2).of(*products), db

    def output_shape(self, diagonals, b):
        return b


def _substituted(rows):
    """x from the rows (first, second, third element, right side) of a triangular matrix, the last one first."""
    following = beyond = np.zeros_like(rows[-1][3])
    x = []
    for first, second, third, right in reversed(rows):
        following, beyond = (right - second * following - third * beyond) / first, following
        x.append(following)
    return np.stack(x[::-1], axis=-2)


def banded_triangular_matrix(bands, lower):
    """The triangular matrices (…, n, n) of bands (…, count, n): the main diagonal first if `lower`, else last.

    Element j of band k is element (j, j − k) of the matrix if `lower`; else that of row j, `count − 1 − k` places
    right of the main diagonal.
    """
    count, n = bands.shape[-2:]
    distance = np.arange(n)[:, None] - np.arange(n) if lower else np.arange(n) - np.arange(n)[:, None]
    inside = (distance >= 0) & (distance < count)
    which = np.clip(distance if lower else count - 1 - distance, 0, count - 1)
    elements = swapaxes(bands, -1, -2)[..., np.arange(n)[:, None], which]
    return where(inside, elements, cast(0, bands.dtype))
