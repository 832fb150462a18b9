"""The namespace `keras.ops.linalg`: linear algebra, each function defined in the file of its family."""

from minikeras.ops.factorizations import (
    cholesky,
    cholesky_inverse,
    eig,
    eigh,
    lstsq,
    lu_factor,
    matrix_rank,
    pinv,
    qr,
    svd,
)
from minikeras.ops.functional_tools import jvp
from minikeras.ops.linear_systems import det, inv, solve, solve_triangular
from minikeras.ops.norms import norm

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "det",
    "eig",
    "eigh",
    "inv",
    "jvp",
    "lstsq",
    "lu_factor",
    "matrix_rank",
    "norm",
    "pinv",
    "qr",
    "solve",
    "solve_triangular",
    "svd",
]
