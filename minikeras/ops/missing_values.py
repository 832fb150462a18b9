"""Functions that ignore NaN: sums, means, extrema, quantiles."""

import numpy as np

from minikeras.autodiff.arithmetic import Cast, Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.shapes import Sum
from minikeras.base.extension_dtypes import dtype_limits
from minikeras.ops.core import as_float_tensor, convert_to_tensor
from minikeras.ops.cumulative import cumprod, cumsum
from minikeras.ops.powers import Sqrt, Square
from minikeras.ops.reduction import All, Argmax, Argmin, Max, Min, Prod
from minikeras.ops.statistics import arrange_quantiles, interpolated, sorted_along, symbolic_quantiles


def is_nan(x):
    """Where x is NaN."""
    return x != x


def filled(x, number):
    """x with `number` in place of NaN; integers as they are."""
    x = convert_to_tensor(x)
    return Where()(is_nan(x), number, x) if is_float(x.dtype) else x


@composed
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """x with NaN and the infinities replaced, by default by 0 and the largest and least value of its dtype."""
    x = convert_to_tensor(x)
    if not is_float(x.dtype):
        return x
    limits = dtype_limits(x.dtype)
    x = Where()(is_nan(x), nan, x)
    x = Where()(x == float("inf"), float(limits.max) if posinf is None else posinf, x)
    return Where()(x == float("-inf"), float(limits.min) if neginf is None else neginf, x)


@composed
def nansum(x, axis=None, keepdims=False):
    """Σ x over `axis`, without NaN."""
    return Sum(axis, keepdims)(filled(x, 0.0))


@composed
def nanprod(x, axis=None, keepdims=False):
    """Π x over `axis`, without NaN."""
    return Prod(axis, keepdims)(filled(x, 1.0))


@composed
def nancumsum(x, axis=None, dtype=None):
    """The running sum along `axis`, NaN counting as 0."""
    return cumsum(filled(x, 0.0), axis, dtype)


@composed
def nancumprod(x, axis=None, dtype=None):
    """The running product along `axis`, NaN counting as 1."""
    return cumprod(filled(x, 1.0), axis, dtype)


@composed
def nanmean(x, axis=None, keepdims=False):
    """The mean over `axis`, without NaN; NaN where all are NaN."""
    x = as_float_tensor(x)
    count = Sum(axis, keepdims)(Cast(x.dtype)(x == x))
    return Sum(axis, keepdims)(filled(x, 0.0)) / count


@composed
def nanvar(x, axis=None, keepdims=False):
    """The variance over `axis`, without NaN; NaN where all are NaN."""
    x = as_float_tensor(x)
    if x.dtype == "float16":
        return convert_to_tensor(nanvar(convert_to_tensor(x, "float32"), axis, keepdims), "float16")
    # NaN is masked before the square, to keep it out of the gradient
    deviations = Where()(is_nan(x), 0.0, x - nanmean(x, axis, keepdims=True))
    count = Sum(axis, keepdims)(Cast(x.dtype)(x == x))
    return Sum(axis, keepdims)(Square()(deviations)) / count


@composed
def nanstd(x, axis=None, keepdims=False):
    """The standard deviation over `axis`, without NaN."""
    return Sqrt()(nanvar(x, axis, keepdims))


@composed
def nanmax(x, axis=None, keepdims=False):
    """The largest element over `axis`, without NaN; NaN where all are NaN."""
    return _extremum(x, axis, keepdims, Max, float("-inf"))


@composed
def nanmin(x, axis=None, keepdims=False):
    """The least element over `axis`, without NaN; NaN where all are NaN."""
    return _extremum(x, axis, keepdims, Min, float("inf"))


def _extremum(x, axis, keepdims, op, worst):
    x = convert_to_tensor(x)
    if not is_float(x.dtype):
        return op(axis, keepdims)(x)
    nothing = All(axis, keepdims)(is_nan(x))
    return Where()(nothing, float("nan"), op(axis, keepdims)(filled(x, worst)))


@composed
def nanargmax(x, axis=None, keepdims=False):
    """The index of the largest element along `axis`, without NaN, int32; −1 where all are NaN."""
    return _place(x, axis, keepdims, Argmax)


@composed
def nanargmin(x, axis=None, keepdims=False):
    """The index of the least element along `axis`, without NaN, int32; −1 where all are NaN."""
    return _place(x, axis, keepdims, Argmin)


def _place(x, axis, keepdims, op):
    x = convert_to_tensor(x)
    if not is_float(x.dtype):
        return op(axis, keepdims)(x)
    return Where()(All(axis, keepdims)(is_nan(x)), -1, op(axis, keepdims)(x))


@composed(inputs=2)
def nanquantile(x, q, axis=None, method="linear", keepdims=False):
    """The quantile q of the elements over `axis`, without NaN (see `quantile`)."""
    x, q = as_float_tensor(x), convert_to_tensor(q)
    if (symbolic := symbolic_quantiles(x, q, axis, method, keepdims)) is not None:
        return symbolic
    q = q.array
    ordered = sorted_along(x, axis)  # NaN comes last
    count = (~np.isnan(ordered.array)).sum(axis=-1, keepdims=True)
    positions = np.maximum(count - 1, 0) * q.astype(np.float64).ravel()
    return arrange_quantiles(interpolated(ordered, positions, method), q, x.shape, axis, keepdims)


@composed(inputs=2)
def nanpercentile(x, q, axis=None, method="linear", keepdims=False):
    """The percentile q of the elements over `axis`, without NaN (see `percentile`)."""
    return nanquantile(x, convert_to_tensor(q) / 100.0, axis, method, keepdims)


@composed
def nanmedian(x, axis=None, keepdims=False):
    """The median over `axis`, without NaN; NaN where all are NaN."""
    return nanquantile(x, 0.5, axis, keepdims=keepdims)
