"""Reductions over all axes or those in `axis`; and cumulative ones along an axis."""

import numpy as np

from minikeras import ops
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import axes, floating, integers, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.ops import typed_reductions
from minikeras.ops.cumulative import cumulative_logsumexp as cumulative_logsumexp_of
from minikeras.ops.cumulative import running
from minikeras.ops.norms import euclidean_norm

__all__ = [
    "count_nonzero",
    "cumprod",
    "cumsum",
    "cumulative_logsumexp",
    "reduce_all",
    "reduce_any",
    "reduce_euclidean_norm",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_std",
    "reduce_sum",
    "reduce_variance",
    "zero_fraction",
]


def reduce_sum(input_tensor, axis=None, keepdims=False, name=None):
    """Σ over `axis`, in the dtype of the input."""
    return typed_reductions.sum_in_dtype(tensor(input_tensor), axes(axis), bool(keepdims))


def reduce_prod(input_tensor, axis=None, keepdims=False, name=None):
    """Π over `axis`, in the dtype of the input."""
    x = tensor(input_tensor)
    return ops.cast(ops.prod(x, axes(axis), bool(keepdims)), x.dtype)


def reduce_mean(input_tensor, axis=None, keepdims=False, name=None):
    """The mean over `axis`. Of integers it is an integer: rounded towards 0."""
    return typed_reductions.mean_in_dtype(tensor(input_tensor), axes(axis), bool(keepdims))


def reduce_max(input_tensor, axis=None, keepdims=False, name=None):
    """The largest element over `axis`; the lowest value of the dtype if there are no elements."""
    return _extremum(ops.max, input_tensor, axis, keepdims, -np.inf, "min")


def reduce_min(input_tensor, axis=None, keepdims=False, name=None):
    """The smallest element over `axis`; the highest value of the dtype if there are no elements."""
    return _extremum(ops.min, input_tensor, axis, keepdims, np.inf, "max")


def _extremum(function, x, axis, keepdims, infinity, limit):
    x = tensor(x)
    if 0 in tuple(x.shape):
        dtype = as_dtype(x.dtype)
        return function(x, axes(axis), bool(keepdims), initial=infinity if dtype.is_floating else getattr(dtype, limit))
    return function(x, axes(axis), bool(keepdims))


def reduce_all(input_tensor, axis=None, keepdims=False, name=None):
    """Whether all elements over `axis` are true."""
    return ops.all(tensor(input_tensor), axes(axis), bool(keepdims))


def reduce_any(input_tensor, axis=None, keepdims=False, name=None):
    """Whether any element over `axis` is true."""
    return ops.any(tensor(input_tensor), axes(axis), bool(keepdims))


def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """The mean of |x − mean|² over `axis`."""
    return typed_reductions.variance(tensor(input_tensor), axes(axis), bool(keepdims))


def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """The square root of `reduce_variance`."""
    return ops.sqrt(reduce_variance(input_tensor, axis, keepdims))


def reduce_logsumexp(input_tensor, axis=None, keepdims=False, name=None):
    """ln Σ exp(x) over `axis`, without overflow."""
    return ops.logsumexp(tensor(input_tensor), axes(axis), bool(keepdims))


def reduce_euclidean_norm(input_tensor, axis=None, keepdims=False, name=None):
    """√Σ |x|² over `axis`."""
    x = tensor(input_tensor)
    return ops.cast(euclidean_norm(floating(x), axes(axis), bool(keepdims)), x.dtype)


def count_nonzero(input, axis=None, keepdims=None, dtype=dtypes.int64, name=None):
    """How many elements over `axis` differ from 0 (or from the empty string)."""
    x = tensor(input)
    if x.dtype == "string":
        x = tensor(x.array != b"")
    return ops.cast(ops.sum(ops.cast(x != 0, "int64"), axes(axis), bool(keepdims)), as_dtype(dtype).name)


def zero_fraction(value, name=None):
    """The fraction of elements that are 0."""
    x = tensor(value)
    return ops.mean(ops.cast(x == 0, "float32"))


# --- running ----------------------------------------------------------------------------------------------------------


def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    """The running sum along `axis`.

    Args:
        exclusive: each element is the sum of those before it, without itself.
        reverse: run from the end.
    """
    return running(ops.cumsum, tensor(x), integers(axis), exclusive, reverse, 0)


def cumprod(x, axis=0, exclusive=False, reverse=False, name=None):
    """The running product along `axis`; arguments as in `cumsum`."""
    return running(ops.cumprod, tensor(x), integers(axis), exclusive, reverse, 1)


def cumulative_logsumexp(x, axis=0, exclusive=False, reverse=False, name=None):
    """The running ln Σ exp(x) along `axis`; arguments as in `cumsum`."""
    return running(cumulative_logsumexp_of, floating(x), integers(axis), exclusive, reverse, -np.inf)
