"""Diagonals, triangles and bands of matrices. (Implementation: `minikeras/ops/diagonal_bands.py`.)"""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.ops import diagonal_bands

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

    A negative number keeps all of a side.
    """
    return diagonal_bands.band_part(tensor(input), integers(num_lower), integers(num_upper))


def tensor_diag(diagonal, name=None):
    """A tensor with twice the axes, zero except y[i, …, i, …] = x[i, …]."""
    return diagonal_bands.tensor_diag(tensor(diagonal))


def tensor_diag_part(input, name=None):
    """The elements x[i, …, i, …] of a tensor whose two halves of axes have equal lengths."""
    return diagonal_bands.tensor_diag_part(tensor(input))


def diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0, align="RIGHT_LEFT"):
    """Matrices with `diagonal` (its last axis) on their k-th diagonal, or the rows of its last two on several.

    Args:
        k: above 0 right of the main diagonal, below 0 left of it; a pair (lowest, highest) for a band.
        num_rows, num_cols: of the matrices; −1: as few as the diagonals need.
        padding_value: the other elements.
        align: on which side shorter diagonals of a band are filled up: "RIGHT_LEFT" aligns those above the main one to
            the right and those below to the left.
    """
    size = integers(num_rows), integers(num_cols)
    return diagonal_bands.diag(tensor(diagonal), integers(k), *size, padding_value, align)


def set_diag(input, diagonal, name="set_diag", k=0, align="RIGHT_LEFT"):
    """The matrices of `input` with `diagonal` on their k-th diagonal (or on a band of them); see `diag`."""
    x = tensor(input)
    return diagonal_bands.set_diag(x, tensor(diagonal, x.dtype), integers(k), align)


def diag_part(input, name="diag_part", k=0, padding_value=0, align="RIGHT_LEFT"):
    """The k-th diagonal of each matrix, or several as rows, the shorter ones padded with `padding_value`."""
    return diagonal_bands.diag_part(tensor(input), integers(k), padding_value, align)
