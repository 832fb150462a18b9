"""Singular values and eigenvalues, and derived functions: pseudo-inverse, least squares, rank.

The vectors are those of LAPACK, through NumPy. Signs, which are not unique, may differ from another library's.
"""

import numpy as np

from minikeras.autodiff.arithmetic import Cast, Conjugate
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import swap_last_axes
from minikeras.ops.complex_numbers import Real
from minikeras.ops.core import as_float_tensor
from minikeras.ops.diagonals import Diagonal, Tril
from minikeras.ops.factorizations import half_diagonal
from minikeras.ops.linear_systems import Inv, SquareMatrixOp, check_square
from minikeras.ops.shaping import ExpandDims


class SVD(Op):
    """X = U diag(s) Vᵀ with orthonormal columns in U and V: the outputs U, s, Vᵀ, or s alone.

    dX = U (diag(ds) + (F ∘ (Uᵀ dU − dUᵀ U)) S + S (F ∘ (Vᵀ dV − dVᵀ V))) Vᵀ, with F[i, j] = 1 / (s_j² − s_i²), plus
    the parts of dU and dV outside those of U and V. (J. Townsend, "Differentiating the singular value decomposition",
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
            raise ValueError(f"`svd` takes matrices: expected input to have rank >= 2. Received: shape={x.shape}")
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
    core = core + np.eye(k, dtype=s.dtype) * row_of(ds)
    dx = Matmul().of(Matmul().of(u, core), swap_last_axes(v))
    # the part outside the spaces of U and V; the columns that complete them rotate the other way
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
    on_diagonal = np.eye(x.shape[-1]).astype(x.dtype)
    return off_diagonal.astype(x.dtype) / (differences + on_diagonal)


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
        w, v = np.linalg.eigh(x)
        return w.astype(x.dtype, copy=False), v  # complex for complex matrices, as in TensorFlow

    def backward(self, call, dw, dv):
        w, v = call.outputs
        transposed = swap_last_axes(v)
        core = reciprocal_differences(w) * Matmul().of(transposed, dv)
        core = core + np.eye(w.shape[-1], dtype=w.dtype) * row_of(dw)
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
        core = core + np.eye(w.shape[-1], dtype=w.dtype) * row_of(dw)
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
        rcond: singular values up to this fraction of the largest are taken as 0; 10 · max(rows, columns) · the dtype's
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
            raise ValueError(
                f"`pinv` takes matrices: input must have at least 2 dimensions. Received: shape={tuple(shape)}"
            )
        return (*shape[:-2], shape[-1], shape[-2])


def pinv(x, rcond=None):
    """The Moore-Penrose pseudo-inverse: the Y of least norm among those that come closest to X Y = I.

    Args:
        rcond: singular values up to this fraction of the largest are taken as 0.
    """
    return Pinv(rcond)(x)


class LeastSquaresInverse(Pinv):
    """`Pinv` with the default `rcond` of `lstsq`: max(rows, columns) · the dtype's epsilon."""

    default_factor = 1


@composed(inputs=2)
def lstsq(a, b, rcond=None):
    """The X that makes ‖A X − B‖ least, and of several the one of least norm. B is a vector or a matrix.

    Args:
        rcond: singular values of A up to this fraction of the largest are taken as 0.
    """
    a, b = as_float_tensor(a), as_float_tensor(b)
    if len(a.shape) != 2 or len(b.shape) not in (1, 2):
        kind = ValueError if isinstance(a, KerasTensor) else TypeError  # as in Keras
        raise kind(f"`a` must be a matrix, `b` a vector or a matrix. Received shapes: a={a.shape}, b={b.shape}")
    if a.shape[0] != b.shape[0]:
        raise ValueError(
            f"Incompatible shapes between `a` and `b`: expected as many rows. Received shapes: a={a.shape}, b={b.shape}"
        )
    return Matmul()(LeastSquaresInverse(rcond)(a), b)


class MatrixRank(Op):
    """y = the number of singular values greater than `tol`, int32. No gradient."""

    differentiable = False

    def __init__(self, tol=None):
        self.tol = tol

    def forward(self, x):
        return np.asarray(np.linalg.matrix_rank(as_float(x), self.tol), np.int32)

    def output_shape(self, shape):
        if len(shape) < 2:
            raise ValueError(
                f"`matrix_rank` takes matrices: input must have at least 2 dimensions. Received: shape={shape}"
            )
        return shape[:-2]

    def output_dtype(self, x):
        return "int32"


def matrix_rank(x, tol=None):
    """The number of linearly independent rows, an int32: singular values up to `tol` are taken as 0.

    By default `tol` is the largest singular value · max(rows, columns) · the dtype's epsilon.
    """
    return MatrixRank(tol)(x)
