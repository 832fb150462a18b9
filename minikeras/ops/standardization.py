"""Values normalized by given statistics, by the norm of their vector, or by their neighbours."""

import numpy as np

from minikeras.ops.complex_numbers import imag, real
from minikeras.ops.core import cast
from minikeras.ops.extrema import maximum
from minikeras.ops.powers import rsqrt, square
from minikeras.ops.products import matmul
from minikeras.ops.reduction import sum as sum_over


def standardize_by(x, mean, variance, offset, scale, epsilon):
    """(x − mean) · scale / √(variance + ε) + offset; `offset` and `scale` may be None. All broadcast with x."""
    factor = rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * scale
    return x * factor + ((-mean * factor) if offset is None else offset - mean * factor)


def l2_normalize(x, axis=None, epsilon=1e-12):
    """x / √max(Σ |x|², ε), the sum over `axis`."""
    if "complex" in x.dtype:
        squares = sum_over(real(x) ** 2 + imag(x) ** 2, axis, keepdims=True)
        return x * cast(rsqrt(maximum(squares, epsilon)), x.dtype)
    squares = sum_over(square(x), axis, keepdims=True)
    return x * rsqrt(maximum(squares, epsilon))


def local_response_normalization(x, depth_radius=5, bias=1, alpha=1, beta=0.5):
    """x / (bias + alpha · Σ x²)^beta, the sum over the channels (last axis) up to `depth_radius` away.

    (Krizhevsky, Sutskever & Hinton, "ImageNet classification with deep convolutional neural networks", 2012)
    """
    channels = np.arange(x.shape[-1])
    band = (np.abs(channels[:, None] - channels) <= depth_radius).astype(x.dtype)
    return x / (bias + alpha * matmul(square(x), band)) ** beta
