"""Inverses, determinants, solutions of equations, and factors of matrices."""

from typing import NamedTuple

import numpy as np

from minikeras import ops
from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import floating, operands, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.linalg.products import adjoint as adjoint_of

__all__ = [
    "cholesky",
    "cholesky_solve",
    "det",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "expm",
    "inv",
    "logdet",
    "lstsq",
    "lu",
    "lu_matrix_inverse",
    "lu_reconstruct",
    "lu_solve",
    "matrix_rank",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "sqrtm",
    "svd",
    "triangular_solve",
]


class Qr(NamedTuple):
    """What `tf.linalg.qr` returns."""

    q: object
    r: object


class Lu(NamedTuple):
    """What `tf.linalg.lu` returns."""

    lu: object
    p: object


class LogMatrixDeterminant(NamedTuple):
    """What `tf.linalg.slogdet` returns."""

    sign: object
    log_abs_determinant: object


def inv(input, adjoint=False, name=None):
    """The inverse of each square matrix, or its adjoint."""
    y = ops.inv(floating(input))
    return adjoint_of(y) if adjoint else y


def pinv(a, rcond=None, validate_args=False, name=None):
    """The Moore-Penrose pseudo-inverse; singular values up to `rcond` · the greatest count as 0."""
    return ops.pinv(floating(a), rcond)


def det(input, name=None):
    """The determinant of each square matrix."""
    return ops.det(floating(input))


def slogdet(input, name=None):
    """The sign of the determinant and the logarithm of its absolute value."""
    return LogMatrixDeterminant(*ops.slogdet(floating(input)))


def logdet(matrix, name=None):
    """The logarithm of the determinant of symmetric positive definite matrices."""
    return ops.logdet(floating(matrix))


def matrix_rank(a, tol=None, validate_args=False, name=None):
    """How many singular values are greater than `tol`."""
    return ops.matrix_rank(floating(a), tol)


def solve(matrix, rhs, adjoint=False, name=None):
    """X with matrix · X = rhs (or with the adjoint of the matrix)."""
    a, b = operands(floating(matrix), rhs)
    return ops.solve(adjoint_of(a) if adjoint else a, b)


def triangular_solve(matrix, rhs, lower=True, adjoint=False, name=None):
    """X with matrix · X = rhs, where only the lower (or upper) triangle of the matrix is read."""
    a, b = operands(floating(matrix), rhs)
    if adjoint:
        a, lower = adjoint_of(a), not lower
    return ops.solve_triangular(a, b, lower=lower)


def cholesky(input, name=None):
    """The lower triangular L with L Lᵀ = X, for symmetric positive definite X."""
    return ops.cholesky(floating(input))


def cholesky_solve(chol, rhs, name=None):
    """X with A X = rhs, from the Cholesky factor of A."""
    factor, b = operands(floating(chol), rhs)
    return triangular_solve(factor, triangular_solve(factor, b), adjoint=True)


def lstsq(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """The X that makes ‖matrix · X − rhs‖² + l2_regularizer · ‖X‖² least, and of several the one of least norm.

    Args:
        fast: solve the normal equations, which is less exact; False: by singular values.
    """
    a, b = operands(floating(matrix), rhs)
    at = adjoint_of(a)
    rows, columns = a.shape[-2:]
    if not fast and not l2_regularizer:
        return ops.matmul(ops.pinv(a, np.finfo(a.dtype).eps * max(rows, columns)), b)
    regular = ops.cast(l2_regularizer * np.eye(min(rows, columns)), a.dtype)
    if rows >= columns:
        return ops.solve(ops.matmul(at, a) + regular, ops.matmul(at, b))
    return ops.matmul(at, ops.solve(ops.matmul(a, at) + regular, b))


def qr(input, full_matrices=False, name=None):
    """X = Q R with orthonormal columns in Q and R upper triangular."""
    return Qr(*ops.qr(floating(input), mode="complete" if full_matrices else "reduced"))


def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """X = U diag(s) Vᴴ: (s, U, V), or s alone."""
    x = floating(tensor)
    if not compute_uv:
        return ops.svd(x, full_matrices, compute_uv=False)
    u, s, vh = ops.svd(x, full_matrices)
    return s, u, adjoint_of(vh)


def eigh(tensor, name=None):
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices."""
    return ops.eigh(floating(tensor))


def eigvalsh(tensor, name=None):
    """The eigenvalues of symmetric matrices, ascending."""
    return eigh(tensor)[0]


def eig(tensor, name=None):
    """Eigenvalues and eigenvectors of square matrices, complex."""
    return ops.eig(floating(tensor))


def eigvals(tensor, name=None):
    """The eigenvalues of square matrices, complex."""
    return eig(tensor)[0]


def lu(input, output_idx_type=dtypes.int32, name=None):
    """X = P L U: L and U in one matrix, and P as indices: row i of L U is row p[i] of X."""
    factors, places = ops.lu_factor(floating(input))
    return Lu(factors, ops.cast(ops.argsort(places), as_dtype(output_idx_type).name))


def lu_reconstruct(lower_upper, perm, validate_args=False, name=None):
    """The matrix from what `lu` gives."""
    x = tensor(lower_upper)
    lower = ops.tril(x, -1) + np.eye(x.shape[-1], dtype=x.dtype)
    return _rows(ops.matmul(lower, ops.triu(x)), ops.argsort(tensor(perm)))


def lu_solve(lower_upper, perm, rhs, validate_args=False, name=None):
    """X with A X = rhs, from what `lu` gives for A."""
    x, b = operands(lower_upper, rhs)
    lower = ops.tril(x, -1) + np.eye(x.shape[-1], dtype=x.dtype)
    return ops.solve_triangular(x, ops.solve_triangular(lower, _rows(b, tensor(perm)), lower=True), lower=False)


def lu_matrix_inverse(lower_upper, perm, validate_args=False, name=None):
    """The inverse of A from what `lu` gives for A."""
    x = tensor(lower_upper)
    return lu_solve(x, perm, Tensor(np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), tuple(x.shape)).copy()))


def _rows(x, order):
    return ops.take_along_axis(x, ops.expand_dims(order, -1), axis=-2)


def expm(input, name=None):
    """The matrix exponential Σ Xⁿ / n!.

    X is halved until its norm is small, the exponential of that is taken by a Padé approximant of degree 7, and squared
    as often. (N. J. Higham, "The scaling and squaring method for the matrix exponential revisited", 2005)
    """
    x = floating(input)
    if x.shape[-1] == 0:
        return x
    norm = float(np.abs(x.array).sum(axis=-2).max())
    halvings = max(0, int(np.ceil(np.log2(norm / 0.5))) if norm > 0 else 0)
    x = x / float(2**halvings)
    identity = Tensor(np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), tuple(x.shape)).copy())
    square = ops.matmul(x, x)
    fourth = ops.matmul(square, square)
    sixth = ops.matmul(square, fourth)
    odd = ops.matmul(x, sixth + fourth * 1512.0 + square * 277200.0 + identity * 8648640.0)
    even = sixth * 56.0 + fourth * 25200.0 + square * 1995840.0 + identity * 17297280.0
    y = ops.solve(even - odd, even + odd)
    for _ in range(halvings):
        y = ops.matmul(y, y)
    return y


def sqrtm(input, name=None):
    """The matrix whose square is X, from the eigenvectors of X. Real X with a real root only.

    Raises:
        ValueError: X has no real root of this kind.
    """
    x = floating(input)
    values, vectors = np.linalg.eig(x.array.astype(np.result_type(x.array, np.complex128)))
    root = (vectors * np.sqrt(values)[..., None, :]) @ np.linalg.inv(vectors)
    if x.array.dtype.kind == "c":
        return Tensor(root.astype(x.array.dtype))
    if np.abs(root.imag).max(initial=0) > 1e-6 * np.abs(root).max(initial=1):
        raise ValueError("The matrix has no real square root: it has negative eigenvalues.")
    return Tensor(root.real.astype(x.array.dtype))
