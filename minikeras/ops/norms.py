"""Norms of vectors and matrices."""

import math

from minikeras.autodiff.arithmetic import Absolute, Cast
from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.shapes import Reshape, Sum, normalize_axes
from minikeras.ops.core import as_float_tensor, cast
from minikeras.ops.powers import Sqrt, Square
from minikeras.ops.reduction import Max, Min
from minikeras.ops.shaping import ExpandDims, moveaxis
from minikeras.ops.spectral import SVD


@composed
def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of vectors (one axis) or matrices (two axes) in x.

    =====  ==============================  =========================================
    ord    vectors                         matrices
    =====  ==============================  =========================================
    None   √Σ x²                           √Σ x² (Frobenius), also for ord "fro"
    ∞, −∞  the largest, smallest |x|      the largest, smallest Σ |x| over a row
    0      the number of x ≠ 0             not defined
    1, −1  as below                        the largest, smallest Σ |x| over a column
    2, −2  as below                        the largest, smallest singular value
    "nuc"  not defined                     the sum of the singular values
    other  (Σ |x|^ord)^(1/ord)             not defined
    =====  ==============================  =========================================

    Args:
        axis: one axis for vectors, two for matrices; None for all axes (one or two of them, if `ord` is given).

    Raises:
        ValueError: there is no such norm, or `axis` does not name one or two axes.
    """
    x = as_float_tensor(x)
    if "complex" in x.dtype and ord != "nuc":
        return cast(norm(Absolute()(x), ord, axis, keepdims), x.dtype)
    rank = len(x.shape)
    if axis is None and ord is None and (isinstance(x, KerasTensor) or rank in (1, 2)):
        return Sqrt()(Sum(None, keepdims)(Square()(x)))
    axes = tuple(range(rank)) if axis is None else tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    normalize_axes(axes, rank)  # raises if there is no such axis
    axes = tuple(a % rank for a in axes)
    if len(axes) == 1:
        return vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return matrix_norm(x, ord, axes, keepdims)
    raise ValueError(
        f"Invalid axis values: norms are defined over one or two. Received: axis={axis}, ord={ord}, x.shape={x.shape}"
    )


def euclidean_norm(x, axis=None, keepdims=False):
    """√Σ |x|² over any number of axes, in the dtype of x."""
    squares = Square()(Absolute()(x)) if "complex" in x.dtype else Square()(x)
    return cast(Sqrt()(Sum(axis, keepdims)(squares)), x.dtype)


def norm_over(x, ord, axis=None, keepdims=False):
    """`norm` where a vector may span several axes, by default all: for "euclidean", "fro" and 2."""
    if ord in ("euclidean", "fro") or (ord == 2 and not isinstance(axis, tuple)):
        return euclidean_norm(x, axis, keepdims)
    if isinstance(axis, tuple):
        return norm(x, ord, axis, keepdims)
    if not isinstance(ord, (int, float)) or ord <= 0:
        raise ValueError(f"A vector has no norm of this `ord`. Received: ord={ord!r}")
    return vector_norm(x, ord, axis, keepdims)


def normalize_by_norm(x, ord, axis=None):
    """The tensor divided by its norm, and the norm."""
    size = cast(norm_over(x, ord, axis, keepdims=True), x.dtype)
    return x / size, size


def vector_norm(x, ord, axis, keepdims):
    """The norm of the vectors along one axis."""
    if ord in (None, 2):
        return Sqrt()(Sum(axis, keepdims)(Square()(x)))
    if isinstance(ord, str):
        raise ValueError(
            f"Invalid `ord` argument for vector norm. Received: ord={ord!r}. Give two axes for a matrix norm."
        )
    magnitude = Absolute()(x)
    if ord == math.inf:
        return Max(axis, keepdims)(magnitude)
    if ord == -math.inf:
        return Min(axis, keepdims)(magnitude)
    if ord == 0:
        return Sum(axis, keepdims)(Cast(x.dtype)(x != 0))
    if ord == 1:
        return Sum(axis, keepdims)(magnitude)
    return Sum(axis, keepdims)(magnitude ** float(ord)) ** (1.0 / ord)


def matrix_norm(x, ord, axes, keepdims):
    """The norm of the matrices in two axes."""
    if ord in (None, "fro"):
        return Sqrt()(Sum(axes, keepdims)(Square()(x)))
    if ord in (1, -1, math.inf, -math.inf):
        rows, columns = axes
        summed, compared = (rows, columns) if abs(ord) == 1 else (columns, rows)
        totals = Sum(summed, keepdims=True)(Absolute()(x))
        y = (Max if ord > 0 else Min)(compared, keepdims=True)(totals)
        return y if keepdims else Reshape([-1 if n is None else n for i, n in enumerate(x.shape) if i not in axes])(y)
    if ord not in (2, -2, "nuc"):
        raise ValueError(f"Invalid `ord` argument for matrix norm. Received: ord={ord!r}")
    singular_values = SVD(compute_uv=False)(moveaxis(x, axes, (-2, -1)))
    y = (Sum if ord == "nuc" else Max if ord == 2 else Min)(-1)(singular_values)
    return ExpandDims(tuple(sorted(axes)))(y) if keepdims else y
