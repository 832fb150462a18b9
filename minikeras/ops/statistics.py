"""Spread, averages, quantiles and correlation."""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Absolute, Conjugate, Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.shapes import (
    BroadcastTo,
    Reshape,
    Squeeze,
    Sum,
    Transpose,
    broadcast_shapes,
    normalize_axes,
    reduced_shape,
)
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.core import as_float_tensor, cast, convert_to_tensor
from minikeras.ops.diagonals import Diagonal
from minikeras.ops.indexing import TakeAlongAxis
from minikeras.ops.powers import Sqrt, Square
from minikeras.ops.reduction import Mean
from minikeras.ops.shaping import ExpandDims
from minikeras.ops.sorting import Sort


@composed
def var(x, axis=None, keepdims=False):
    """The variance over `axis`: the mean squared distance from the mean. (The divisor is n, not n − 1.)"""
    x = as_float_tensor(x)
    if x.dtype == "float16":  # squares overflow float16 above 255
        return convert_to_tensor(var(convert_to_tensor(x, "float32"), axis, keepdims), "float16")
    distance = x - Mean(axis, keepdims=True)(x)
    if "complex" in x.dtype:
        return cast(Mean(axis, keepdims)(Square()(Absolute()(distance))), x.dtype)
    return Mean(axis, keepdims)(Square()(distance))


@composed
def std(x, axis=None, keepdims=False):
    """The standard deviation over `axis`: the square root of the variance."""
    y = Sqrt()(var(x, axis, keepdims))
    return Absolute()(y) if "complex" in y.dtype else y  # a real number, where the variance is a complex one in Keras


@composed(inputs=("x", "weights"))
def average(x, axis=None, weights=None):
    """The mean over `axis`, weighted: Σ w · x / Σ w.

    Args:
        weights: of the shape of x, or a vector of the length of `axis`. Equal weights if None.

    Raises:
        ValueError: the weights have a different shape than those two.
    """
    x = convert_to_tensor(x)
    if weights is None:
        return Mean(axis)(x)
    weights = convert_to_tensor(weights)
    dtype = result_type(x.dtype, weights.dtype, float)
    x, weights = convert_to_tensor(x, dtype), convert_to_tensor(weights, dtype)
    weights = _weights_along(axis, weights, x)
    if weights.shape != x.shape and None not in (*weights.shape, *x.shape):
        shape = broadcast_shapes(x.shape, weights.shape)
        x, weights = BroadcastTo(shape)(x), BroadcastTo(shape)(weights)
    return Sum(axis)(x * weights) / Sum(axis)(weights)


def _weights_along(axis, weights, x):
    """The weights in a shape that broadcasts to x."""
    if len(weights.shape) == len(x.shape) or not weights.shape or not x.shape:
        return weights
    if len(weights.shape) != 1 or not isinstance(axis, int):
        raise ValueError(
            "`weights` must have the same shape as `x`, or be a vector of the size of `axis`. "
            f"Received: weights.shape={weights.shape}, x.shape={x.shape}, axis={axis}"
        )
    shape = [1] * len(x.shape)
    shape[axis] = -1
    return Reshape(shape)(weights)


def sorted_along(x, axis):
    """x sorted over `axis` (one, several, or None for all), which becomes the last axis."""
    axes = normalize_axes(axis, len(x.shape))
    kept = [i for i in range(len(x.shape)) if i not in axes]
    count = math.prod(x.shape[i] for i in axes)
    x = Reshape((*[x.shape[i] for i in kept], count))(Transpose([*kept, *axes])(x))
    return Sort(-1)(x)


METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def interpolated(x, positions, method):
    """Elements of the last axis of x at fractional `positions`, which replace that axis.

    Args:
        x: (…, n).
        positions: float64 array (…, q). Those outside of 0 … n − 1 are at its end, or extrapolated if linear.
        method: the selection or interpolation between two neighbours.
    """
    last = x.shape[-1] - 1
    inside = np.clip(positions, 0, last)
    low, high = np.floor(inside).astype(np.int64), np.ceil(inside).astype(np.int64)
    if method == "linear":
        outside = inside != positions
        low = np.where(outside, np.minimum(low, max(last - 1, 0)), low)
        high = np.where(outside, np.minimum(low + 1, last), high)
    if method in ("lower", "higher", "nearest"):
        chosen = {"lower": low, "higher": high, "nearest": np.round(inside).astype(np.int64)}[method]
        return TakeAlongAxis(-1)(x, chosen)
    fraction = Tensor((positions - low if method == "linear" else (low != high) * 0.5).astype(x.dtype))
    below, above = TakeAlongAxis(-1)(x, low), TakeAlongAxis(-1)(x, high)
    between = below * (1 - fraction) + above * fraction  # two infinities are one; a difference of them would be NaN
    return Where()(np.broadcast_to(low == high, between.shape), below, between)


def arrange_quantiles(y, q, shape, axis, keepdims):
    """The quantiles (…, number of q) with the axes of q first, and the reduced ones restored if `keepdims`."""
    rank = len(y.shape)
    y = Transpose([rank - 1, *range(rank - 1)])(y)
    return Reshape((*q.shape, *reduced_shape(shape, axis, keepdims)))(y)


def symbolic_quantiles(x, q, axis, method, keepdims):
    """The symbolic quantiles of a symbolic x, or for a symbolic q; None if both hold values.

    Raises:
        ValueError: an unknown method.
    """
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}. Received: method={method!r}")
    if not isinstance(x, KerasTensor) and not isinstance(q, KerasTensor):
        return None
    return KerasTensor((*q.shape, *reduced_shape(x.shape, axis, keepdims)), x.dtype)


@composed(inputs=2)
def quantile(x, q, axis=None, method="linear", keepdims=False):
    """The value below which a fraction q of the elements over `axis` is. NaN where any element is.

    Args:
        q: a fraction in [0, 1] or several; their axes come first in the result. "linear" extrapolates others.
        method: the value between two elements: "linear" interpolation, the "lower", "higher" or "nearest" one, or
            the "midpoint".
    """
    x, q = as_float_tensor(x), convert_to_tensor(q)
    if (symbolic := symbolic_quantiles(x, q, axis, method, keepdims)) is not None:
        return symbolic
    q = q.array
    ordered = sorted_along(x, axis)
    positions = q.astype(np.float64).ravel() * (ordered.shape[-1] - 1)
    positions = np.broadcast_to(positions, (*ordered.shape[:-1], positions.size))
    y = interpolated(ordered, positions, method)
    last = GetItem((..., slice(-1, None)))(ordered)  # NaN is sorted to the end
    y = Where()(last != last, float("nan"), y)
    return arrange_quantiles(y, q, x.shape, axis, keepdims)


@composed(inputs=2)
def percentile(x, q, axis=None, method="linear", keepdims=False):
    """The value below which q percent of the elements over `axis` are: the quantile q / 100."""
    return quantile(x, convert_to_tensor(q) / 100.0, axis, method, keepdims)


@composed
def median(x, axis=None, keepdims=False):
    """The middle of the sorted elements over `axis`, the mean of the two middle ones if their number is even."""
    return quantile(x, 0.5, axis, keepdims=keepdims)


@composed
def corrcoef(x):
    """The correlations between the rows of x (variables, samples): covariances divided by standard deviations."""
    x = convert_to_tensor(x)
    x = convert_to_tensor(x, "float64") if x.dtype == "int64" else as_float_tensor(x)
    if isinstance(x, KerasTensor):
        return KerasTensor(x.shape, x.dtype)  # the shape that Keras infers for any number of rows
    is_vector = len(x.shape) == 1
    if is_vector:
        x = ExpandDims(0)(x)
    centred = x - Mean(-1, keepdims=True)(x)
    columns = Transpose()(centred)
    covariance = Matmul()(centred, Conjugate()(columns) if "complex" in x.dtype else columns)
    deviation = Sqrt()(Diagonal()(covariance))
    r = covariance / ExpandDims(1)(deviation) / ExpandDims(0)(deviation)
    return Squeeze((0, 1))(r) if is_vector else r


@composed(inputs=2)
def correlate(x1, x2, mode="valid"):
    """y[k] = Σ_n x1[n + k] · x2[n] for two vectors.

    Args:
        mode: "valid" for the k at which one vector is within the other, "same" for as many as the longer one has
            elements, "full" for all k at which they overlap.
    """
    x1, x2 = convert_to_tensor(x1), convert_to_tensor(x2)
    if len(x1.shape) != 1 or len(x2.shape) != 1:
        raise ValueError(f"`correlate` takes two vectors. Received shapes: {x1.shape} and {x2.shape}")
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"Invalid mode: {mode!r}. Mode must be one of: 'full', 'same', 'valid'.")
    dtype = result_type(x1.dtype, x2.dtype)
    dtype = "float64" if dtype == "int64" else result_type(dtype, float)
    n, m = x1.shape[0], x2.shape[0]
    if isinstance(x1, KerasTensor) or isinstance(x2, KerasTensor):
        length = None if None in (n, m) else len(range(n + m - 1)[_middle(n, m, mode)])
        return KerasTensor((length,), dtype)
    x1, x2 = convert_to_tensor(x1, dtype), convert_to_tensor(x2, dtype)
    indices = np.arange(1 - m, n)[:, None] + np.arange(m)  # n + k, for every k of the full result
    inside = (indices >= 0) & (indices < n)
    windows = Where()(inside, GetItem(np.where(inside, indices, 0))(x1), 0.0)
    full = Matmul()(windows, x2)
    return GetItem(_middle(n, m, mode))(full)


def _middle(n, m, mode):
    """Which part of the full correlation (from k = 1 − m to n − 1) belongs to a mode."""
    shorter, longer = sorted((n, m))
    if mode == "full":
        return slice(None)
    if mode == "valid":
        return slice(shorter - 1, longer)
    start = shorter - 1 - shorter // 2 if n >= m else shorter // 2  # NumPy's, if x1 is shorter; Keras differs
    return slice(start, start + longer)
