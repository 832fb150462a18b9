"""Mean and variance, and values normalized by them or by their size."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.shapes import normalize_axes
from minikeras.compat.tensorflow.conversion import axes as as_axes
from minikeras.compat.tensorflow.conversion import beside, floating, operands, tensor

__all__ = [
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "l2_normalize",
    "local_response_normalization",
    "lrn",
    "moments",
    "normalize_moments",
    "sufficient_statistics",
    "weighted_moments",
]


def moments(x, axes, shift=None, keepdims=False, name=None):
    """Mean and variance of x over `axes`. `shift` has no effect, in TensorFlow neither."""
    return ops.moments(tensor(x), _tuple(axes), keepdims=bool(keepdims))


def _tuple(axes):
    axes = as_axes(axes)
    return (axes,) if isinstance(axes, int) else tuple(axes)


def weighted_moments(x, axes, frequency_weights, keepdims=False, name=None):
    """Mean and variance of x over `axes`, where each element counts as often as its weight says."""
    x, weights = operands(floating(x), frequency_weights)
    axes = _tuple(axes)
    weights = weights + ops.zeros_like(x)
    total = ops.sum(weights, axes, keepdims=True)
    mean = ops.sum(weights * x, axes, keepdims=True) / total
    variance = ops.sum(weights * ops.square(x - mean), axes, keepdims=True) / total
    return (mean, variance) if keepdims else (ops.squeeze(mean, axes), ops.squeeze(variance, axes))


def sufficient_statistics(x, axes, shift=None, keepdims=False, name=None):
    """(count, Σ (x − shift), Σ (x − shift)², shift) over `axes`, from which `normalize_moments` makes the moments."""
    x, axes = tensor(x), _tuple(axes)
    count = np.prod([x.shape[a] for a in normalize_axes(axes, len(x.shape))])
    shift = None if shift is None else tensor(shift, x.dtype)
    shifted = x if shift is None else x - shift
    sums = [ops.sum(y, axes, bool(keepdims)) for y in (shifted, ops.square(shifted))]
    return tensor(count, x.dtype), *sums, shift


def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    """Mean and variance from the sums that `sufficient_statistics` gives."""
    counts, mean_ss, variance_ss = tensor(counts), tensor(mean_ss), tensor(variance_ss)
    shifted_mean = mean_ss / counts
    variance = variance_ss / counts - ops.square(shifted_mean)
    return shifted_mean if shift is None else shifted_mean + tensor(shift), variance


def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    """(x − mean) · scale / √(variance + variance_epsilon) + offset; `offset` and `scale` may be None."""
    x = floating(x)
    mean, variance = beside(mean, x.dtype), beside(variance, x.dtype)
    factor = ops.rsqrt(variance + variance_epsilon)
    factor = factor if scale is None else factor * beside(scale, x.dtype)
    return x * factor + ((-mean * factor) if offset is None else beside(offset, x.dtype) - mean * factor)


def batch_norm_with_global_normalization(
    input, mean, variance, beta, gamma, variance_epsilon, scale_after_normalization, name=None
):
    """`batch_normalization` with offset `beta`, and scale `gamma` if `scale_after_normalization`."""
    gamma = gamma if scale_after_normalization else None
    return batch_normalization(input, mean, variance, beta, gamma, variance_epsilon)


def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    """x / √max(Σ x², epsilon), the sum over `axis` (`dim` is its old name)."""
    axis = dim if axis is None else axis
    x = floating(x)
    if "complex" in x.dtype:
        squares = ops.sum(ops.real(x) ** 2 + ops.imag(x) ** 2, as_axes(axis), keepdims=True)
        return x * ops.cast(ops.rsqrt(ops.maximum(squares, epsilon)), x.dtype)
    squares = ops.sum(ops.square(x), as_axes(axis), keepdims=True)
    return x * ops.rsqrt(ops.maximum(squares, epsilon))


def local_response_normalization(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """x / (bias + alpha · Σ x²)^beta, the sum over the channels up to `depth_radius` away."""
    x = floating(input)
    channels = x.shape[-1]
    places = np.arange(channels)
    band = (np.abs(places[:, None] - places) <= depth_radius).astype(x.dtype)
    return x / (bias + alpha * ops.matmul(ops.square(x), band)) ** beta


def lrn(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """The same as `local_response_normalization`."""
    return local_response_normalization(input, depth_radius, bias, alpha, beta)
