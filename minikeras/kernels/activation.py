"""Activation functions and their gradients, for arrays of any shape and float dtype; the result has the dtype of x.

float32 arrays use the formulas of `activation_jobs.py`, other dtypes the NumPy code below, in several passes over
memory. So do small arrays where NumPy has the function: it starts in 0.5 µs, a formula in 1.5.
"""

import math

import numpy as np

from minikeras.kernels.activation_jobs import (
    gelu_chunks,
    gelu_gradient_chunks,
    relu_chunks,
    relu_gradient_chunks,
    sigmoid_chunks,
    sigmoid_gradient_chunks,
    silu_chunks,
    silu_gradient_chunks,
)
from minikeras.kernels.columns import relu_gradient_of_images, repeats_a_pixel
from minikeras.kernels.error_function import erf
from minikeras.kernels.tasks import should_use_jobs

ROOT_OF_HALF = math.sqrt(0.5)


def relu(x):
    """max(x, 0), of an array or a Python number."""
    return relu_chunks(x) if type(x) is np.ndarray and should_use_jobs(x) else np.maximum(x, 0)


def relu_gradient(dy, y):
    """dx = dy where y = relu(x) is positive, else 0."""
    if repeats_a_pixel(dy, y):
        return relu_gradient_of_images(dy, y)
    if relu_gradient_chunks.fits(dy, y):
        return relu_gradient_chunks(dy, y)
    return np.where(y > 0, dy, dy.dtype.type(0))


def sigmoid(x):
    """y = 1 / (1 + exp(−x))."""
    return sigmoid_chunks(x) if sigmoid_chunks.fits(x) else sigmoid_reference(x)


def sigmoid_reference(x):
    """y = 1 / (1 + exp(−x))."""
    small = np.exp(-np.abs(x))  # of −|x|, since exp(x) overflows float32 above 88
    return np.where(x >= 0, 1, small) / (1 + small)


def sigmoid_gradient(dy, y):
    """dx = dy · y · (1 − y), from y = sigmoid(x)."""
    return sigmoid_gradient_chunks(dy, y) if sigmoid_gradient_chunks.fits(dy, y) else dy * y * (1 - y)


def silu(x):
    """y = x · sigmoid(x)."""
    return silu_chunks(x) if silu_chunks.fits(x) else x * sigmoid_reference(x)


def silu_gradient(dy, x):
    """dx = dy · s · (1 + x · (1 − s)), s = sigmoid(x)."""
    if silu_gradient_chunks.fits(dy, x):
        return silu_gradient_chunks(dy, x)
    s = sigmoid_reference(x)
    return dy * s * (1 + x * (1 - s))


def gelu(x):
    """y = x · Φ(x), with Φ(x) = (1 + erf(x / √2)) / 2 the normal distribution function."""
    return gelu_chunks(x) if gelu_chunks.fits(x) else x * (0.5 + 0.5 * erf(x * ROOT_OF_HALF))


def gelu_gradient(dy, x):
    """dx = dy · (Φ(x) + x · φ(x)), with the normal density φ(x) = exp(−x² / 2) / √(2π)."""
    if gelu_gradient_chunks.fits(dy, x):
        return gelu_gradient_chunks(dy, x)
    distribution = 0.5 + 0.5 * erf(x * ROOT_OF_HALF)
    return dy * (distribution + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))
