"""Inverses, determinants and solutions of linear equations, for a matrix or a stack of them in the last two axes."""

import numpy as np

from minikeras.autodiff.dtypes import as_float, promote
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape, swap_last_axes, unbroadcast
from minikeras.ops.core import in_float32
from minikeras.ops.diagonals import Tril, Triu
from minikeras.ops.shaping import ExpandDims


def check_square(shape, name):
    """Raise ValueError unless `shape` is that of a square matrix or a stack of them."""
    if len(shape) < 2:
        raise ValueError(f"`{name}` takes matrices: expected input to have rank >= 2. Received: shape={tuple(shape)}")
    if shape[-1] != shape[-2]:  # an unknown length is not equal to a known one, as in Keras
        raise ValueError(f"`{name}` expected a square matrix. Received: shape={tuple(shape)}")


class SquareMatrixOp(Op):
    """Base class of ops on square float matrices."""

    def forward(self, x):
        check_square(x.shape, type(self).__name__.lower())
        return self.compute(as_float(x))

    def compute(self, x):
        """The output for a float array of square matrices."""
        raise NotImplementedError

    def output_shape(self, shape):
        check_square(shape, type(self).__name__.lower())
        return shape


class Inv(SquareMatrixOp):
    """Y = X⁻¹;   dX = −Yᵀ dY Yᵀ."""

    keeps = ("output",)

    def compute(self, x):
        return in_float32(inverse, (x,))

    def backward(self, call, dy):
        transposed = swap_last_axes(call.output)
        return (-Matmul().of(Matmul().of(transposed, dy), transposed),)


def inverse(x):
    """The inverses of the matrices in an array.

    Raises:
        ValueError: one of them is singular.
    """
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        raise ValueError("The matrix is not invertible: its determinant is 0.") from None


def inv(x):
    """The inverse of each square matrix in the last two axes.

    Raises:
        ValueError: a matrix is not square, or singular.
    """
    return Inv()(x)


class Det(SquareMatrixOp):
    """y = det X;   dX = dy · y · X⁻ᵀ."""

    def compute(self, x):
        return np.linalg.det(x)

    def backward(self, call, dy):
        factor = ExpandDims((-2, -1)).of(dy * call.output)
        return (factor * swap_last_axes(Inv().of(call.inputs[0])),)

    def output_shape(self, shape):
        return super().output_shape(shape)[:-2]


def det(x):
    """The determinant of each square matrix in the last two axes."""
    return Det()(x)


class Slogdet(SquareMatrixOp):
    """y = (the sign of det X, ln |det X|);   dX = dy of the logarithm · X⁻ᵀ."""

    keeps = ("inputs",)

    def compute(self, x):
        sign, logarithm = np.linalg.slogdet(x)
        return np.asarray(sign), np.asarray(logarithm)

    def backward(self, call, dsign, dlogarithm):
        return (ExpandDims((-2, -1)).of(dlogarithm) * swap_last_axes(Inv().of(call.inputs[0])),)

    def compute_output_spec(self, x):
        if None not in x.shape[-2:]:
            check_square(x.shape, "slogdet")
        return KerasTensor((), x.dtype), KerasTensor(x.shape[:-2], x.dtype)  # a sign without axes, as in Keras


def slogdet(x):
    """The sign of the determinant, and the logarithm of its absolute value, which does not overflow: a pair."""
    return Slogdet()(x)


class Solve(Op):
    """X with A X = B;   dB = A⁻ᵀ dX, dA = −dB Xᵀ. B may be a stack of vectors, with one axis less than A."""

    def forward(self, a, b):
        a, b = [as_float(x) for x in promote(a, b)]
        self.check(a.shape, b.shape)
        try:
            return self.compute(a, b[..., None])[..., 0] if b.ndim == a.ndim - 1 else self.compute(a, b)
        except np.linalg.LinAlgError:
            raise ValueError("The equations have no unique solution: the matrix `a` is singular.") from None

    def compute(self, a, b):
        """The solution for arrays of matrices."""
        return np.linalg.solve(a, b)

    def check(self, a, b):
        """Raise ValueError unless the shapes fit."""
        check_square(a, "solve")
        rows = b[-1] if len(b) == len(a) - 1 else b[-2] if len(b) >= 2 else None
        may_fit = rows == a[-1] or (len(b) == len(a) - 1 and None in (rows, a[-1]))  # unknown rows of matrices do not
        if len(b) < len(a) - 1 or not may_fit:
            raise ValueError(
                "Incompatible shapes between `a` and `b`: expected equally many rows. Received shapes: "
                f"a={tuple(a)}, b={tuple(b)}"
            )

    def adjoint(self):
        """The op that solves with the transposed matrix."""
        return self

    def triangle(self, da):
        """The part of the gradient that belongs to elements of A that are read."""
        return da

    def backward(self, call, dy):
        a, x = call.inputs[0], call.output
        is_vector = len(call.input_shapes[1]) == len(call.input_shapes[0]) - 1
        if is_vector:
            x, dy = ExpandDims(-1).of(x), ExpandDims(-1).of(dy)
        db = self.adjoint().of(swap_last_axes(a), dy)
        da = self.triangle(-Matmul().of(db, swap_last_axes(x))) if call.needs_gradient[0] else None
        if is_vector:
            db = Reshape(tuple(db.shape[:-1])).of(db)
        return (
            unbroadcast(da, call.input_shapes[0]) if da is not None else None,
            unbroadcast(db, call.input_shapes[1]) if call.needs_gradient[1] else None,
        )

    def output_shape(self, a, b):
        self.check(a, b)
        return b


def solve(a, b):
    """X with A X = B, for square matrices A and matrices or vectors B.

    Raises:
        ValueError: a matrix is singular, or the shapes do not fit.
    """
    return Solve()(a, b)


class SolveTriangular(Solve):
    """X with A X = B, where only one triangle of A is read;   dB = A⁻ᵀ dX, dA = that triangle of −dB Xᵀ."""

    def __init__(self, lower=False):
        self.lower = lower

    def compute(self, a, b):
        return np.linalg.solve(np.tril(a) if self.lower else np.triu(a), b)

    def adjoint(self):
        return SolveTriangular(not self.lower)

    def triangle(self, da):
        return (Tril() if self.lower else Triu()).of(da)


def solve_triangular(a, b, lower=False):
    """X with A X = B for triangular A.

    Args:
        lower: whether the lower triangle of A is read, else the upper.
    """
    return SolveTriangular(lower)(a, b)
