"""The namespace `keras.ops.linalg`: linear algebra, each function defined in the file of its family."""

from minikeras.ops.factorizations import cholesky, cholesky_inverse, lu_factor, qr
from minikeras.ops.functional_tools import jvp
from minikeras.ops.linear_systems import det, inv, solve, solve_triangular
from minikeras.ops.norms import norm
from minikeras.ops.spectral import eig, eigh, lstsq, matrix_rank, pinv, svd

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
