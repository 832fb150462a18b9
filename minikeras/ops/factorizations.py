"""Matrices as products of simpler ones, for a matrix or a stack of them in the last two axes.

The factors are those of LAPACK, through NumPy. Signs, where they are free, may differ from another library's.
"""

import numpy as np

from minikeras.autodiff.arithmetic import (
    Cast,
    Conjugate,
    Log,
    Matmul,
    Sum,
    swap_last_axes,
)
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op, composed
from minikeras.autodiff.tensor import Tensor
from minikeras.dtypes import as_float
from minikeras.ops.complex_numbers import Real
from minikeras.ops.core import as_float_tensor, convert_to_tensor
from minikeras.ops.diagonals import Diagonal, Tril, Triu
from minikeras.ops.indexing import TakeAlongAxis
from minikeras.ops.joining import Concatenate
from minikeras.ops.linear_systems import Inv, SolveTriangular, SquareMatrixOp, check_square
from minikeras.ops.shaping import ExpandDims


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
                "A covariance that is only just not so may be helped by a small number added to its diagonal."
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

    def compute(self, x):
        try:
            return super().compute(x)
        except ValueError:
            return np.full(x.shape, np.nan, x.dtype)


def half_diagonal(x):
    """The matrices with their diagonals halved."""
    n = x.shape[-1]
    return x * (1.0 - 0.5 * np.eye(n)).astype(str(x.dtype))


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
    factor = swap_last_axes(Triu()(x)) if upper else Tril()(x)
    inverse_factor = SolveTriangular(lower=True)(factor, convert_to_tensor(np.eye(x.shape[-1], dtype=x.dtype)))
    return Matmul()(swap_last_axes(inverse_factor), inverse_factor)


class LuFactor(SquareMatrixOp):
    """X = P L U, by elimination with row exchanges: L and U in one matrix, and P as indices.

    L has ones on its diagonal, which are not stored. Row i of X is row p[i] of L U; p is int32.
    dX = P L⁻ᵀ (tril₋₁(Lᵀ dL) + triu(dU Uᵀ)) U⁻ᵀ.
    """

    keeps = ("output",)

    def compute(self, x):
        lu = x.copy().reshape(-1, *x.shape[-2:])
        n = x.shape[-1]
        rows = np.tile(np.arange(n, dtype=np.int32), (len(lu), 1))  # which row of X each row of L U is
        which = np.arange(len(lu))
        for i in range(n):
            pivot = i + np.abs(lu[:, i:, i]).argmax(axis=1)
            for array in (lu, rows):
                array[which, i], array[which, pivot] = array[which, pivot], array[which, i].copy()
            with np.errstate(all="ignore"):
                lu[:, i + 1 :, i] /= lu[:, i, i, None]
            lu[:, i + 1 :, i + 1 :] -= lu[:, i + 1 :, i, None] * lu[:, None, i, i + 1 :]
        places = np.argsort(rows, axis=-1).astype(np.int32)
        return lu.reshape(x.shape), places.reshape(x.shape[:-1])

    def backward(self, call, dlu, dplaces):
        lu, places = call.outputs
        unit_lower = Tril(-1).of(lu) + np.eye(lu.shape[-1], dtype=str(lu.dtype))
        upper = Triu().of(lu)
        inner = Tril(-1).of(Matmul().of(swap_last_axes(unit_lower), Tril(-1).of(dlu)))
        inner = inner + Triu().of(Matmul().of(Triu().of(dlu), swap_last_axes(upper)))
        left = SolveTriangular(lower=False).of(swap_last_axes(unit_lower), inner)  # L⁻ᵀ …
        dx = swap_last_axes(SolveTriangular(lower=False).of(upper, swap_last_axes(left)))  # … U⁻ᵀ
        places = places.array if isinstance(places, Tensor) else places
        return (TakeAlongAxis(-2).of(dx, places[..., None]),)

    def compute_output_spec(self, x):
        check_square(x.shape, "lu_factor")
        return KerasTensor(x.shape, x.dtype), KerasTensor(x.shape[:-1], "int32")


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
            raise ValueError(f"`mode` must be 'reduced' or 'complete'. Received: mode={mode!r}")

    def forward(self, x):
        if x.ndim < 2:
            raise ValueError(f"`qr` takes matrices, tensors with two axes or more. Received: shape={x.shape}")
        return tuple(np.linalg.qr(as_float(x), mode=self.mode))

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
        rows, columns = x.shape[-2:]
        if None in (rows, columns):
            inner = rows if self.mode == "complete" else None
        else:
            inner = rows if self.mode == "complete" else min(rows, columns)
        stack = x.shape[:-2]
        return KerasTensor((*stack, rows, inner), x.dtype), KerasTensor((*stack, inner, columns), x.dtype)


def _qr_gradient(q, r, dq, dr):
    m = Matmul().of(r, swap_last_axes(dr)) - Matmul().of(swap_last_axes(dq), q)
    mirrored = Tril().of(m) + swap_last_axes(Tril(-1).of(m))
    right_side = dq + Matmul().of(q, mirrored)
    return swap_last_axes(SolveTriangular(lower=False).of(r, swap_last_axes(right_side)))


def qr(x, mode="reduced"):
    """X = Q R with orthonormal columns in Q and R upper triangular: the pair (Q, R).

    Args:
        mode: "reduced" gives Q as many columns as X has (or rows, if it has fewer), "complete" as many as rows.
    """
    return Qr(mode)(x)


class SVD(Op):
    """X = U diag(s) Vᵀ with orthonormal columns in U and V: the outputs U, s, Vᵀ, or s alone.

    dX = U (diag(ds) + (F ∘ (Uᵀ dU − dUᵀ U)) S + S (F ∘ (Vᵀ dV − dVᵀ V))) Vᵀ, with F[i, j] = 1 / (s_j² − s_i²), plus
    what dU and dV have outside the spaces of U and V. (J. Townsend, "Differentiating the singular value decomposition",
    2016)

    Args:
        full_matrices: whether U and V are square.
        compute_uv: whether U and V are outputs.
    """

    keeps = ("inputs", "output")

    def __init__(self, full_matrices=True, compute_uv=True):
        self.full_matrices = full_matrices
        self.compute_uv = compute_uv

    def forward(self, x):
        if x.ndim < 2:
            raise ValueError(f"`svd` takes matrices, tensors with two axes or more. Received: shape={x.shape}")
        if not self.compute_uv:
            return np.linalg.svd(as_float(x), compute_uv=False)
        return tuple(np.linalg.svd(as_float(x), full_matrices=self.full_matrices))

    def backward(self, call, *dys):
        if not self.compute_uv:
            u, _, vt = SVD(full_matrices=False).of(call.inputs[0])
            return (Matmul().of(u * ExpandDims(-2).of(dys[0]), vt),)
        rows, columns = call.input_shapes[0][-2:]
        if self.full_matrices and abs(rows - columns) > 1:
            raise NotImplementedError(
                "The gradient of a singular value decomposition with full_matrices=True is defined only for matrices "
                f"that are square up to one row or column. Received: shape={call.input_shapes[0]}"
            )
        return (_svd_gradient(*call.outputs, *dys),)

    def compute_output_spec(self, x):
        (*stack, rows, columns), dtype = x.shape, x.dtype
        least = None if None in (rows, columns) else min(rows, columns)
        s = KerasTensor((*stack, least), dtype)
        if not self.compute_uv:
            return s
        inner = (rows, columns) if self.full_matrices else (least, least)
        return KerasTensor((*stack, rows, inner[0]), dtype), s, KerasTensor((*stack, inner[1], columns), dtype)


def _svd_gradient(u, s, vt, du, ds, dvt):
    k = s.shape[-1]
    v, dv = swap_last_axes(vt), swap_last_axes(dvt)
    u_rest, du_rest, v_rest, dv_rest = u[..., k:], du[..., k:], v[..., k:], dv[..., k:]
    u, du, v, dv = u[..., :k], du[..., :k], v[..., :k], dv[..., :k]
    row, column = ExpandDims(-2).of(s), ExpandDims(-1).of(s)
    f = reciprocal_differences(s * s)
    utdu, vtdv = Matmul().of(swap_last_axes(u), du), Matmul().of(swap_last_axes(v), dv)
    core = (f * (utdu - swap_last_axes(utdu))) * row + column * (f * (vtdv - swap_last_axes(vtdv)))
    core = core + np.eye(k, dtype=str(s.dtype)) * row_of(ds)
    dx = Matmul().of(Matmul().of(u, core), swap_last_axes(v))
    # what lies outside the space of U, and of V; the columns that complete them turn the other way
    outside_u = (du - Matmul().of(u, utdu)) / row
    outside_v = (dv - Matmul().of(v, vtdv)) / row
    if u_rest.shape[-1]:
        outside_u = outside_u - Matmul().of(u_rest, Matmul().of(swap_last_axes(du_rest), u)) / row
    if v_rest.shape[-1]:
        outside_v = outside_v - Matmul().of(v_rest, Matmul().of(swap_last_axes(dv_rest), v)) / row
    return dx + Matmul().of(outside_u, swap_last_axes(v)) + Matmul().of(u, swap_last_axes(outside_v))


def row_of(x):
    """A vector as a matrix of one row."""
    return ExpandDims(-2).of(x)


def reciprocal_differences(x):
    """F[i, j] = 1 / (x_j − x_i), and 0 on the diagonal."""
    off_diagonal = 1.0 - np.eye(x.shape[-1])
    differences = ExpandDims(-2).of(x) - ExpandDims(-1).of(x)
    on_diagonal = np.eye(x.shape[-1]).astype(str(x.dtype))
    return off_diagonal.astype(str(x.dtype)) / (differences + on_diagonal)


def svd(x, full_matrices=True, compute_uv=True):
    """X = U diag(s) Vᵀ, the singular values s in descending order: the triple (U, s, Vᵀ), or s alone.

    Args:
        full_matrices: whether U and V are square; else they have as many columns as there are singular values.
        compute_uv: False for the singular values alone.
    """
    return SVD(full_matrices, compute_uv)(x)


class Eigh(SquareMatrixOp):
    """X = V diag(w) Vᵀ for symmetric X, of which only the lower triangle is read: the outputs w, ascending, and V.

    With G = V (diag(dw) + F ∘ (Vᵀ dV)) Vᵀ, F[i, j] = 1 / (w_j − w_i): dX = the lower triangle of G + Gᵀ, its diagonal
    halved.
    """

    keeps = ("output",)

    def compute(self, x):
        return tuple(np.linalg.eigh(x))

    def backward(self, call, dw, dv):
        w, v = call.outputs
        transposed = swap_last_axes(v)
        core = reciprocal_differences(w) * Matmul().of(transposed, dv)
        core = core + np.eye(w.shape[-1], dtype=str(w.dtype)) * row_of(dw)
        g = Matmul().of(Matmul().of(v, core), transposed)
        return (half_diagonal(Tril().of(g + swap_last_axes(g))),)

    def compute_output_spec(self, x):
        check_square(x.shape, "eigh")
        return KerasTensor(x.shape[:-1], x.dtype), KerasTensor(x.shape, x.dtype)


def eigh(x):
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices: a pair (w, V) with X = V diag(w) Vᵀ.

    Only the lower triangle of x is read.
    """
    return Eigh()(x)


class Eig(SquareMatrixOp):
    """X V = V diag(w): the outputs w and V, complex.

    With M = Vᴴ dV and F[i, j] = 1 / (w_j − w_i): dX = V⁻ᴴ (diag(dw) + F* ∘ (M − VᴴV · Re diag M)) Vᴴ.
    """

    keeps = ("output",)
    holomorphic = False

    def compute(self, x):
        w, v = np.linalg.eig(x)
        dtype = np.result_type(x.dtype, np.complex64)
        return w.astype(dtype), v.astype(dtype)

    def backward(self, call, dw, dv):
        w, v = call.outputs
        vh = Conjugate().of(swap_last_axes(v))
        m = Matmul().of(vh, dv)
        along_itself = Real().of(Diagonal(0, -2, -1).of(m))
        f = Conjugate().of(reciprocal_differences(w))
        core = f * (m - Matmul().of(vh, v) * Cast(w.dtype).of(row_of(along_itself)))
        core = core + np.eye(w.shape[-1], dtype=str(w.dtype)) * row_of(dw)
        return (Matmul().of(Inv().of(vh), Matmul().of(core, vh)),)

    def compute_output_spec(self, x):
        check_square(x.shape, "eig")
        dtype = "complex128" if x.dtype in ("float64", "complex128") else "complex64"
        return KerasTensor(x.shape[:-1], dtype), KerasTensor(x.shape, dtype)


def eig(x):
    """Eigenvalues and eigenvectors of square matrices, complex: a pair (w, V) with X V = V diag(w)."""
    return Eig()(x)


class Pinv(Op):
    """Y = the Moore-Penrose pseudo-inverse of X.

    dX = −Yᵀ dY Yᵀ + (I − X Y) dYᵀ Y Yᵀ + Yᵀ Y dYᵀ (I − Y X). (G. H. Golub, V. Pereyra, 1973)

    Args:
        rcond: singular values up to this fraction of the greatest count as 0; 10 · max(rows, columns) · the dtype's
            epsilon by default.
    """

    default_factor = 10

    def __init__(self, rcond=None):
        self.rcond = rcond

    def forward(self, x):
        x = as_float(x)
        rcond = self.rcond
        if rcond is None:
            rcond = self.default_factor * max(x.shape[-2:]) * np.finfo(x.dtype).eps
        return np.linalg.pinv(x, rcond=rcond)

    def backward(self, call, dy):
        x, y = call.inputs[0], call.output
        yt, dyt = swap_last_axes(y), swap_last_axes(dy)
        product = Matmul().of
        by_inverse = product(product(yt, dy), yt)
        left = product(product(dyt, y), yt)
        right = product(product(yt, y), dyt)
        return (left - product(x, product(y, left)) + right - product(product(right, y), x) - by_inverse,)

    def output_shape(self, shape):
        if len(shape) < 2:
            raise ValueError(f"`pinv` takes matrices, tensors with two axes or more. Received: shape={tuple(shape)}")
        return (*shape[:-2], shape[-1], shape[-2])


def pinv(x, rcond=None):
    """The Moore-Penrose pseudo-inverse: the Y of least norm among those that come closest to X Y = I.

    Args:
        rcond: singular values up to this fraction of the greatest count as 0.
    """
    return Pinv(rcond)(x)


class LeastSquaresInverse(Pinv):
    """`Pinv` with the default `rcond` of `lstsq`: max(rows, columns) · the dtype's epsilon."""

    default_factor = 1


@composed(inputs=2)
def lstsq(a, b, rcond=None):
    """The X that makes ‖A X − B‖ least, and of several the one of least norm. B is a vector or a matrix.

    Args:
        rcond: singular values of A up to this fraction of the greatest count as 0.
    """
    a, b = as_float_tensor(a), as_float_tensor(b)
    if a.shape[0] != b.shape[0] and None not in (a.shape[0], b.shape[0]):
        raise ValueError(f"`b` must have as many rows as `a`. Received shapes: a={a.shape}, b={b.shape}")
    return Matmul()(LeastSquaresInverse(rcond)(a), b)


class MatrixRank(Op):
    """y = how many singular values are greater than `tol`, int32. No gradient."""

    differentiable = False

    def __init__(self, tol=None):
        self.tol = tol

    def forward(self, x):
        return np.asarray(np.linalg.matrix_rank(as_float(x), self.tol), np.int32)

    def output_shape(self, shape):
        return shape[:-2]

    def output_dtype(self, x):
        return "int32"


def matrix_rank(x, tol=None):
    """The number of linearly independent rows, an int32: singular values up to `tol` count as 0.

    By default `tol` is the greatest singular value · max(rows, columns) · the dtype's epsilon.
    """
    return MatrixRank(tol)(x)
