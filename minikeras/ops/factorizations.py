"""Matrices as products of simpler ones, for a matrix or a stack of them in the last two axes.

The factors are those of LAPACK, through NumPy. Signs, where not unique, may differ from another library's.
"""

import math
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.arithmetic import Log
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Sum, swap_last_axes
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import use_elements
from minikeras.kernels import lu_factors
from minikeras.ops.core import as_float_tensor, convert_to_tensor
from minikeras.ops.diagonals import Diagonal, Tril, Triu
from minikeras.ops.indexing import TakeAlongAxis
from minikeras.ops.joining import Concatenate
from minikeras.ops.linear_systems import SolveTriangular, SquareMatrixOp, check_square


@composed
def logdet(x):
    """ln det X of a symmetric positive definite matrix, by its Cholesky factor; NaN if it is none."""
    factor = CholeskyOrNan()(as_float_tensor(x))
    return 2.0 * Sum(-1)(Log()(Diagonal(0, -2, -1)(factor)))


class Cholesky(SquareMatrixOp):
    """X = L Lᵀ with L lower triangular (`upper`: X = UᵀU);   dX is symmetric.

    With Φ = the lower triangle with half its diagonal: dX = sym(L⁻ᵀ Φ(Lᵀ dL) L⁻¹). (I. Murray, "Differentiation of the
    Cholesky decomposition", 2016)
    """

    keeps = ("output",)

    def __init__(self, upper=False):
        self.upper = upper

    def compute(self, x):
        try:
            factor = np.linalg.cholesky(x)
        except np.linalg.LinAlgError:
            raise ValueError(
                "Cholesky decomposition failed: the matrix is not positive definite. "
                "For a nearly positive definite covariance add a small value to its diagonal."
            ) from None
        return np.ascontiguousarray(np.swapaxes(factor, -1, -2)) if self.upper else factor

    def backward(self, call, dy):
        factor, dfactor = call.output, dy
        if self.upper:
            factor, dfactor = swap_last_axes(factor), swap_last_axes(dfactor)
        inner = half_diagonal(Tril().of(Matmul().of(swap_last_axes(factor), dfactor)))
        middle = SolveTriangular(lower=False).of(swap_last_axes(factor), inner)  # L⁻ᵀ Φ
        right = SolveTriangular(lower=False).of(swap_last_axes(factor), swap_last_axes(middle))  # (… L⁻¹)ᵀ
        return ((right + swap_last_axes(right)) * 0.5,)


class CholeskyOrNan(Cholesky):
    """`Cholesky`, with NaN for matrices that are not positive definite."""

    def output_shape(self, shape):
        return shape if None in shape[-2:] else super().output_shape(shape)

    def compute(self, x):
        try:
            return super().compute(x)
        except ValueError:
            if x.ndim == 2:
                return np.full(x.shape, np.nan, x.dtype)
            return np.stack([self.compute(matrix) for matrix in x])


def half_diagonal(x):
    """The matrices with their diagonals halved."""
    n = x.shape[-1]
    return x * (1.0 - 0.5 * np.eye(n)).astype(x.dtype)


def cholesky(x, upper=False):
    """The Cholesky factor of each symmetric positive definite matrix: lower triangular L with L Lᵀ = X.

    Only the lower triangle of x is read.

    Args:
        upper: give the upper triangular U = Lᵀ with Uᵀ U = X.

    Raises:
        ValueError: a matrix is not square, or not positive definite.
    """
    return Cholesky(upper)(x)


@composed(name="CholeskyInverse")
def cholesky_inverse(x, upper=False):
    """The inverse of X from its Cholesky factor."""
    x = as_float_tensor(x)
    check_square(x.shape, "cholesky_inverse")
    if isinstance(x, KerasTensor):
        return KerasTensor(x.shape, x.dtype)
    use_elements(x.shape)
    factor = swap_last_axes(Triu()(x)) if upper else Tril()(x)
    identity = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
    inverse_factor = SolveTriangular(lower=True)(factor, convert_to_tensor(identity))
    return Matmul()(swap_last_axes(inverse_factor), inverse_factor)


class LuFactor(SquareMatrixOp):
    """X = P L U, by elimination with partial pivoting: L and U in one matrix, and P as indices.

    L has ones on its diagonal, which are not stored. Row i of X is row p[i] of L U; p is int32.
    dX = P L⁻ᵀ (tril₋₁(Lᵀ dL) + triu(dU Uᵀ)) U⁻ᵀ.
    """

    keeps = ("output",)

    def compute(self, x):
        n = x.shape[-1]
        lu = x.copy().reshape(math.prod(x.shape[:-2]), n, n)
        rows = np.tile(np.arange(n, dtype=np.int32), (len(lu), 1))  # which row of X each row of L U is
        lu_factors.lu_factor(lu, rows)
        positions = np.argsort(rows, axis=-1).astype(np.int32)
        return lu.reshape(x.shape), positions.reshape(x.shape[:-1])

    def backward(self, call, dlu, dpositions):
        lu, positions = call.outputs
        unit_lower = Tril(-1).of(lu) + np.eye(lu.shape[-1], dtype=lu.dtype)
        upper = Triu().of(lu)
        inner = Tril(-1).of(Matmul().of(swap_last_axes(unit_lower), Tril(-1).of(dlu)))
        inner = inner + Triu().of(Matmul().of(Triu().of(dlu), swap_last_axes(upper)))
        left = SolveTriangular(lower=False).of(swap_last_axes(unit_lower), inner)  # L⁻ᵀ …
        dx = swap_last_axes(SolveTriangular(lower=False).of(upper, swap_last_axes(left)))  # … U⁻ᵀ
        positions = positions.array if isinstance(positions, Tensor) else positions
        return (TakeAlongAxis(-2).of(dx, positions[..., None]),)

    def compute_output_spec(self, x):
        rows, columns = x.shape[-2:]  # Keras infers shapes of any matrices, TensorFlow takes square ones
        pivots = None if None in (rows, columns) else min(rows, columns)
        return KerasTensor(x.shape, x.dtype), KerasTensor((*x.shape[:-2], pivots), x.dtype)


def lu_factor(x):
    """X = P L U with L lower and U upper triangular: a pair (L and U in one matrix, P as indices).

    L has ones on its diagonal, which are not stored. Row i of X is row p[i] of L U.

    Raises:
        ValueError: a matrix is not square.
    """
    return LuFactor()(x)


class Qr(Op):
    """X = Q R with orthonormal columns in Q and R upper triangular.

    With M = R dRᵀ − dQᵀ Q: dX = (dQ + Q · (the lower triangle of M, mirrored)) R⁻ᵀ. (S. F. Walter, L. Lehmann,
    "Algorithmic differentiation of linear algebra functions", 2010.) Of a wide X = [A | B] the first square part has
    this gradient, with B's part in dQ, and dB = Q dR.

    Args:
        mode: "reduced" gives Q as many columns as X has (or rows, if it has fewer), "complete" as many as rows.
    """

    keeps = ("output",)

    def __init__(self, mode="reduced"):
        self.mode = mode
        if mode not in ("reduced", "complete"):
            raise ValueError(
                f"`mode` argument value not supported. It is one of {{'reduced', 'complete'}}. Received: mode={mode!r}"
            )

    def forward(self, x):
        if x.ndim < 2:
            raise ValueError(f"Input should have rank >= 2: `qr` takes matrices. Received: shape={x.shape}")
        x = as_float(x)
        wide = x.astype(np.promote_types(x.dtype, np.float32), copy=False)  # LAPACK has no float16
        return tuple([y.astype(x.dtype, copy=False) for y in np.linalg.qr(wide, mode=self.mode)])

    def backward(self, call, dq, dr):
        q, r = call.outputs
        rows, columns = call.input_shapes[0][-2:]
        if rows > columns and self.mode == "complete":
            raise NotImplementedError("The gradient of a complete QR decomposition of a tall matrix is not defined.")
        if rows >= columns:
            return (_qr_gradient(q, r, dq, dr),)
        dr_b = dr[..., rows:]
        b = Matmul().of(q, r[..., rows:])
        dq = dq + Matmul().of(b, swap_last_axes(dr_b))
        da = _qr_gradient(q, r[..., :rows], dq, dr[..., :rows])
        return (Concatenate(-1).of(da, Matmul().of(q, dr_b)),)

    def compute_output_spec(self, x):
        if len(x.shape) < 2 or None in x.shape[-2:]:
            raise ValueError(f"Input should have the last 2 dimensions fully-defined. Received: shape={x.shape}")
        rows, columns = x.shape[-2:]
        inner = rows if self.mode == "complete" else min(rows, columns)
        stack = x.shape[:-2]
        return KerasTensor((*stack, rows, inner), x.dtype), KerasTensor((*stack, inner, columns), x.dtype)


def _qr_gradient(q, r, dq, dr):
    m = Matmul().of(r, swap_last_axes(dr)) - Matmul().of(swap_last_axes(dq), q)
    mirrored = Tril().of(m) + swap_last_axes(Tril(-1).of(m))
    right_side = dq + Matmul().of(q, mirrored)
    return swap_last_axes(SolveTriangular(lower=False).of(r, swap_last_axes(right_side)))


class QR(NamedTuple):
    """What `qr` returns."""

    q: object
    r: object


def qr(x, mode="reduced"):
    """X = Q R with orthonormal columns in Q and R upper triangular: the pair (Q, R).

    Args:
        mode: "reduced" gives Q as many columns as X has (or rows, if it has fewer), "complete" as many as rows.
    """
    q, r = Qr(mode)(x)
    return (q, r) if isinstance(q, KerasTensor) else QR(q, r)
