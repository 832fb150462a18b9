"""Mean and variance of weighted elements, and of elements in parts, from their sums.

(Of the elements of one tensor: `moments` in `normalization.py`.)
"""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.shapes import normalize_axes
from minikeras.ops.conversion import data_tensor
from minikeras.ops.creation import zeros_like
from minikeras.ops.powers import square
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import squeeze


def weighted_moments(x, axes, weights, keepdims=False):
    """Mean and variance of x over `axes` (a tuple), each element weighted."""
    weights = weights + zeros_like(x)
    total = sum_over(weights, axes, keepdims=True)
    mean = sum_over(weights * x, axes, keepdims=True) / total
    variance = sum_over(weights * square(x - mean), axes, keepdims=True) / total
    return (mean, variance) if keepdims else (squeeze(mean, axes), squeeze(variance, axes))


def sufficient_statistics(x, axes, shift=None, keepdims=False):
    """(count, Σ (x − shift), Σ (x − shift)², shift) over `axes` (a tuple)."""
    count = np.prod([x.shape[a] for a in normalize_axes(axes, len(x.shape))])
    shifted = x if shift is None else x - shift
    sums = [sum_over(y, axes, keepdims) for y in (shifted, square(shifted))]
    return data_tensor(count, x.dtype), *sums, shift


def moments_of_sums(counts, sums, sums_of_squares, shift=None):
    """Mean and variance, from the result of `sufficient_statistics`."""
    shifted_mean = sums / counts
    variance = sums_of_squares / counts - square(shifted_mean)
    return shifted_mean if shift is None else shifted_mean + shift, variance
