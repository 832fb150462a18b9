"""Inverses, determinants, solutions of equations, and factors of matrices.

Functions that `keras.ops` lacks: `minikeras/compat/tensorflow/linalg/factored_systems.py` and `matrix_functions.py`.
"""

from typing import NamedTuple

from minikeras import ops
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import floating, operands, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.linalg import factored_systems, matrix_functions
from minikeras.compat.tensorflow.linalg.products import adjoint as adjoint_of
from minikeras.compat.tensorflow.operand_conversion import wrong_argument

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
    "logm",
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
    """The result of `tf.linalg.qr`."""

    q: object
    r: object


class Lu(NamedTuple):
    """The result of `tf.linalg.lu`."""

    lu: object
    p: object


class LogMatrixDeterminant(NamedTuple):
    """The result of `tf.linalg.slogdet`."""

    sign: object
    log_abs_determinant: object


def inv(input, adjoint=False, name=None):
    """The inverse of each square matrix, or its adjoint."""
    y = ops.inv(floating(input))
    return adjoint_of(y) if adjoint else y


def pinv(a, rcond=None, validate_args=False, name=None):
    """The Moore-Penrose pseudo-inverse; singular values up to `rcond` · the largest count as 0."""
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
    return factored_systems.cholesky_solve(*operands(floating(chol), rhs))


def lstsq(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """The X that minimizes ‖matrix · X − rhs‖² + l2_regularizer · ‖X‖²; of several, the one with the smallest norm.

    Args:
        fast: solve the normal equations, which is less accurate; False: by singular values.
    """
    return factored_systems.lstsq(*operands(floating(matrix), rhs), l2_regularizer, fast)


def qr(input, full_matrices=False, name=None):
    """X = Q R with orthonormal columns in Q and R upper triangular."""
    return Qr(*ops.qr(floating(input), mode="complete" if full_matrices else "reduced"))


def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """X = U diag(s) Vᴴ: (s, U, V), or only s."""
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
    factors, permutation = factored_systems.lu(floating(input))
    return Lu(factors, ops.cast(permutation, as_dtype(output_idx_type).name))


def lu_reconstruct(lower_upper, perm, validate_args=False, name=None):
    """The matrix from the result of `lu`."""
    return factored_systems.lu_reconstruct(tensor(lower_upper), tensor(perm))


def lu_solve(lower_upper, perm, rhs, validate_args=False, name=None):
    """X with A X = rhs, from the result of `lu` for A."""
    factors, b = operands(lower_upper, rhs)
    return factored_systems.lu_solve(factors, tensor(perm), b)


def lu_matrix_inverse(lower_upper, perm, validate_args=False, name=None):
    """The inverse of A from the result of `lu` for A."""
    return factored_systems.lu_inverse(tensor(lower_upper), tensor(perm))


def expm(input, name=None):
    """The matrix exponential Σ Xⁿ / n!."""
    return matrix_functions.expm(floating(input))


def logm(input, name=None):
    """The complex matrix whose exponential is X, which must be complex too.

    Raises:
        InvalidArgumentError: X is real.
    """
    x = tensor(input)
    if "complex" not in x.dtype:
        raise wrong_argument(f"`input` must be complex. Received: a tensor of dtype {x.dtype}. Use `tf.cast`.")
    return matrix_functions.logm(x)


def sqrtm(input, name=None):
    """The matrix whose square is X. Real X with a real root only."""
    return matrix_functions.sqrtm(floating(input))
