"""`K.mean`, `K.sum`, `K.argmax`, …: elements reduced along axes.

Results keep the dtype of the input, as in TensorFlow: the mean of integers is an integer.
"""

from minikeras import ops
from minikeras.config import floatx

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "in_top_k",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


def sum(x, axis=None, keepdims=False):
    """Σ x along `axis` (over everything if None)."""
    return _in_own_dtype(ops.sum, x, axis=axis, keepdims=keepdims)


def prod(x, axis=None, keepdims=False):
    """Π x along `axis`."""
    return _in_own_dtype(ops.prod, x, axis=axis, keepdims=keepdims)


def mean(x, axis=None, keepdims=False):
    """Arithmetic mean along `axis`; booleans count as 0 and 1."""
    return _in_own_dtype(ops.mean, _numbers(x), axis=axis, keepdims=keepdims)


def var(x, axis=None, keepdims=False):
    """Mean square deviation from the mean."""
    return ops.var(_numbers(x), axis=axis, keepdims=keepdims)


def std(x, axis=None, keepdims=False):
    """Square root of the variance."""
    return ops.std(_numbers(x), axis=axis, keepdims=keepdims)


def max(x, axis=None, keepdims=False):
    """The largest along `axis`."""
    return ops.max(x, axis=axis, keepdims=keepdims)


def min(x, axis=None, keepdims=False):
    """The smallest along `axis`."""
    return ops.min(x, axis=axis, keepdims=keepdims)


def all(x, axis=None, keepdims=False):
    """Whether all along `axis` are true (not zero)."""
    return ops.all(ops.cast(x, "bool"), axis=axis, keepdims=keepdims)


def any(x, axis=None, keepdims=False):
    """Whether any along `axis` is true (not zero)."""
    return ops.any(ops.cast(x, "bool"), axis=axis, keepdims=keepdims)


def argmax(x, axis=-1):
    """The index of the largest, as int64; the first of several."""
    return ops.cast(ops.argmax(x, axis), "int64")


def argmin(x, axis=-1):
    """The index of the smallest, as int64; the first of several."""
    return ops.cast(ops.argmin(x, axis), "int64")


def in_top_k(predictions, targets, k):
    """Whether each target is among the k largest predictions of its row."""
    return ops.in_top_k(targets, predictions, k)


def cumsum(x, axis=0):
    """Running sum."""
    return _in_own_dtype(ops.cumsum, x, axis=axis)


def cumprod(x, axis=0):
    """Running product."""
    return _in_own_dtype(ops.cumprod, x, axis=axis)


def _in_own_dtype(function, x, **kwargs):
    x = ops.convert_to_tensor(x)
    return ops.cast(function(x, **kwargs), x.dtype)


def _numbers(x):
    x = ops.convert_to_tensor(x)
    return ops.cast(x, floatx()) if x.dtype == "bool" else x
