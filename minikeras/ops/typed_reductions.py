"""Reductions whose result has the dtype of their input, integers too: as in TensorFlow, unlike NumPy and Keras."""

import numpy as np

from minikeras.autodiff.shapes import normalize_axes
from minikeras.ops.arithmetic import abs as absolute
from minikeras.ops.core import cast
from minikeras.ops.powers import square
from minikeras.ops.reduction import mean
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.rounding import trunc


def sum_in_dtype(x, axis=None, keepdims=False):
    """Σ over `axis`, in the dtype of x."""
    y = sum_over(x, axis, keepdims)
    return y if y.dtype == x.dtype else cast(y, x.dtype)


def mean_in_dtype(x, axis=None, keepdims=False):
    """The mean over `axis`. Of integers it is an integer: rounded towards 0."""
    if "int" not in x.dtype:
        return mean(x, axis, keepdims)
    total = sum_in_dtype(x, axis, keepdims)
    count = np.prod([x.shape[a] for a in normalize_axes(axis, len(x.shape))], dtype=np.int64)
    return cast(trunc(cast(total, "float64") / float(count)), x.dtype)


def variance(x, axis=None, keepdims=False):
    """The mean of |x − mean|² over `axis`."""
    deviations = x - mean(x, axis, keepdims=True)
    squares = square(absolute(deviations)) if "complex" in x.dtype else square(deviations)
    return mean(squares, axis, keepdims)
