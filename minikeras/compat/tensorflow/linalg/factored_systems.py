"""Linear equations solved from the factors of their matrix, or by least squares.

Matrices are those in the last two axes. LU factors are L and U in one matrix, and P as a permutation p of the rows: row
i of L U is row p[i] of the matrix.
"""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.shapes import broadcast_shapes
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.complex_numbers import conj
from minikeras.ops.core import cast
from minikeras.ops.diagonals import tril, triu
from minikeras.ops.factorizations import lu_factor
from minikeras.ops.indexing import take_along_axis
from minikeras.ops.linear_systems import solve, solve_triangular
from minikeras.ops.products import matmul
from minikeras.ops.shaping import broadcast_to, expand_dims, swapaxes
from minikeras.ops.sorting import argsort
from minikeras.ops.spectral import pinv


def adjoint(x):
    """The last two axes swapped, and complex numbers conjugated."""
    return conj(swapaxes(x, -1, -2))


def cholesky_solve(factor, b):
    """X with A X = b, from the lower triangular L with L Lᴴ = A."""
    return solve_triangular(adjoint(factor), solve_triangular(factor, b, lower=True), lower=False)


def lstsq(a, b, l2_regularizer=0.0, fast=True):
    """The X that minimizes ‖A X − b‖² + l2_regularizer · ‖X‖², and of several the one of least norm.

    Args:
        fast: solve the normal equations, which is less exact; False: by singular values.
    """
    transposed = adjoint(a)
    rows, columns = a.shape[-2:]
    if not fast and not l2_regularizer:
        return matmul(pinv(a, np.finfo(a.dtype).eps * max(rows, columns)), b)
    regular = cast(l2_regularizer * np.eye(min(rows, columns)), a.dtype)
    if rows >= columns:
        return solve(matmul(transposed, a) + regular, matmul(transposed, b))
    return matmul(transposed, solve(matmul(a, transposed) + regular, b))


def lu(x):
    """(L and U in one matrix, the permutation p)."""
    factors, positions = lu_factor(x)
    return factors, argsort(positions)


def lu_reconstruct(factors, permutation):
    """The matrix, from the result of `lu`."""
    return _rows(matmul(_lower(factors), triu(factors)), argsort(permutation))


def lu_solve(factors, permutation, b):
    """X with A X = b, from the result of `lu` for A; the leading axes broadcast."""
    batch = broadcast_shapes(tuple(factors.shape[:-2]), tuple(b.shape[:-2]))
    factors, b = [broadcast_to(x, (*batch, *x.shape[-2:])) for x in (factors, b)]
    permutation = broadcast_to(permutation, (*batch, permutation.shape[-1]))
    y = solve_triangular(_lower(factors), _rows(b, permutation), lower=True)
    return solve_triangular(factors, y, lower=False)


def lu_inverse(factors, permutation):
    """The inverse of A, from the result of `lu` for A."""
    identity = np.eye(factors.shape[-1], dtype=factors.dtype)
    return lu_solve(factors, permutation, Tensor(np.broadcast_to(identity, tuple(factors.shape)).copy()))


def _lower(factors):
    return tril(factors, -1) + np.eye(factors.shape[-1], dtype=factors.dtype)


def _rows(x, order):
    return take_along_axis(x, expand_dims(order, -1), axis=-2)
