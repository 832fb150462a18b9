"""Activation functions that NumPy would compute in several passes over memory, each as one loop, and their gradients.

Arrays have any shape; the result has the dtype of x. float32 runs compiled, the rest in NumPy. relu and tanh are
absent: `np.maximum(x, 0)` and `np.tanh` are one vectorised pass already.
"""

import math

import numpy as np

from minikeras.kernels.error_function import erf_reference, erf_single
from minikeras.kernels.exponential import exp_single
from minikeras.kernels.registry import is_float, kernel, subroutine

ZERO, HALF, ONE = np.float32(0), np.float32(0.5), np.float32(1)
ROOT_OF_HALF = math.sqrt(0.5)
DENSITY_AT_0 = np.float32(1 / math.sqrt(2 * math.pi))


def sigmoid(x):
    """y = 1 / (1 + exp(−x))."""
    return sigmoid_flat(x.reshape(-1)).reshape(x.shape)


def sigmoid_gradient(dy, y):
    """dx = dy · y · (1 − y), from y = sigmoid(x)."""
    return sigmoid_gradient_flat(dy.reshape(-1), y.reshape(-1)).reshape(y.shape)


def silu(x):
    """y = x · sigmoid(x)."""
    return silu_flat(x.reshape(-1)).reshape(x.shape)


def silu_gradient(dy, x):
    """dx = dy · s · (1 + x · (1 − s)), s = sigmoid(x)."""
    return silu_gradient_flat(dy.reshape(-1), x.reshape(-1)).reshape(x.shape)


def gelu(x):
    """y = x · Φ(x), with Φ(x) = (1 + erf(x / √2)) / 2 the normal distribution function."""
    return gelu_flat(x.reshape(-1)).reshape(x.shape)


def gelu_gradient(dy, x):
    """dx = dy · (Φ(x) + x · φ(x)), with the normal density φ(x) = exp(−x² / 2) / √(2π)."""
    return gelu_gradient_flat(dy.reshape(-1), x.reshape(-1)).reshape(x.shape)


def relu_gradient(dy, y):
    """dx = dy where y = relu(x) is positive, else 0."""
    return relu_gradient_flat(dy.reshape(-1), y.reshape(-1)).reshape(y.shape)


def _is_single(*arrays):
    return is_float(*arrays) and arrays[0].dtype.char == arrays[-1].dtype.char == "f"


# --- the loops ----------------------------------------------------------------------------------------------------
# Time against the reference's on 32 | 100 000 numbers (float32, AMD Zen 4): sigmoid and silu 1/3 | 1/8, their gradients
# 1/2 | 2/3 and 1/4 | 1/8, gelu and its gradient 1/50 | 1/50, relu's gradient 2/3 | 1/20.


@subroutine
def sigmoid_single(x):
    """1 / (1 + exp(−x)) of a float32 number, by the exponential of −|x|, which cannot overflow."""
    small = exp_single(-abs(x))
    return (ONE if x >= ZERO else small) / (ONE + small)


def sigmoid_flat_reference(x):
    """y = 1 / (1 + exp(−x))."""
    small = np.exp(-np.abs(x))  # of −|x|, since exp(x) overflows float32 above 88
    return np.where(x >= 0, 1, small) / (1 + small)


@kernel(reference=sigmoid_flat_reference, when=_is_single)
def sigmoid_flat(x):
    y = np.empty_like(x)
    for i in range(x.size):
        y[i] = sigmoid_single(x[i])
    return y


def sigmoid_gradient_flat_reference(dy, y):
    """dx = dy · y · (1 − y)."""
    return dy * y * (1 - y)


@kernel(reference=sigmoid_gradient_flat_reference, when=lambda dy, y: is_float(dy, y))
def sigmoid_gradient_flat(dy, y):
    dx = np.empty_like(y)
    for i in range(y.size):
        dx[i] = dy[i] * y[i] * (1 - y[i])
    return dx


def silu_flat_reference(x):
    """y = x · sigmoid(x)."""
    return x * sigmoid_flat_reference(x)


@kernel(reference=silu_flat_reference, when=_is_single)
def silu_flat(x):
    y = np.empty_like(x)
    for i in range(x.size):
        y[i] = x[i] * sigmoid_single(x[i])
    return y


def silu_gradient_flat_reference(dy, x):
    """dx = dy · s · (1 + x · (1 − s)), s = sigmoid(x)."""
    s = sigmoid_flat_reference(x)
    return dy * s * (1 + x * (1 - s))


@kernel(reference=silu_gradient_flat_reference, when=_is_single)
def silu_gradient_flat(dy, x):
    dx = np.empty_like(x)
    for i in range(x.size):
        s = sigmoid_single(x[i])
        dx[i] = dy[i] * s * (ONE + x[i] * (ONE - s))
    return dx


def gelu_flat_reference(x):
    """y = x · (1 + erf(x / √2)) / 2."""
    return x * (0.5 + 0.5 * erf_reference(x * ROOT_OF_HALF))


@kernel(reference=gelu_flat_reference, when=_is_single)
def gelu_flat(x):
    y = np.empty_like(x)
    for i in range(x.size):
        y[i] = x[i] * (HALF + HALF * erf_single(x[i] * ROOT_OF_HALF))
    return y


def gelu_gradient_flat_reference(dy, x):
    """dx = dy · (Φ(x) + x · φ(x))."""
    distribution = 0.5 + 0.5 * erf_reference(x * ROOT_OF_HALF)
    return dy * (distribution + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))


@kernel(reference=gelu_gradient_flat_reference, when=_is_single)
def gelu_gradient_flat(dy, x):
    dx = np.empty_like(x)
    for i in range(x.size):
        distribution = HALF + HALF * erf_single(x[i] * ROOT_OF_HALF)
        density = exp_single(-HALF * x[i] * x[i]) * DENSITY_AT_0
        dx[i] = dy[i] * (distribution + x[i] * density)
    return dx


def relu_gradient_flat_reference(dy, y):
    """dx = dy where y > 0, else 0."""
    return np.where(y > 0, dy, dy.dtype.type(0))


@kernel(reference=relu_gradient_flat_reference, when=lambda dy, y: is_float(dy, y))
def relu_gradient_flat(dy, y):
    dx = np.empty_like(dy)
    for i in range(y.size):
        dx[i] = dy[i] if y[i] > 0 else 0
    return dx
