"""Activation functions and their gradients as formulas (see `formula_kernels.py`); `ops/` derives them."""

import math

from minikeras.kernels.error_function import normal_tail
from minikeras.kernels.exponential import exp, exp_below_0, expm1_below_0, sigmoid, tanh
from minikeras.kernels.formula_kernels import formula_kernel
from minikeras.kernels.formulas import copysign, where
from minikeras.kernels.logarithm import log1p_of_fraction
from minikeras.kernels.registry import subroutine

TWO_BY_ROOT_PI = 2 / math.sqrt(math.pi)
DENSITY_AT_0 = 1 / math.sqrt(2 * math.pi)
TWICE_GELU_SLOPE, GELU_CUBIC = 2 * math.sqrt(2 / math.pi), 0.044715


@formula_kernel
def sigmoid_chunks(x):
    """y = 1 / (1 + exp(−x))."""
    return sigmoid(x)


@formula_kernel
def sigmoid_gradient_chunks(dy, y):
    """dx = dy · y · (1 − y)."""
    return dy * y * (1 - y)


@formula_kernel
def tanh_chunks(x):
    """y = tanh x."""
    return tanh(x)


@formula_kernel
def tanh_gradient_chunks(dy, y):
    """dx = dy · (1 − y²)."""
    return dy * (1 - y * y)


@formula_kernel
def silu_chunks(x):
    """y = x · sigmoid(x)."""
    return x * sigmoid(x)


@formula_kernel
def silu_gradient_chunks(dy, x):
    """dx = dy · s · (1 + x · (1 − s)), s = sigmoid(x)."""
    s = sigmoid(x)
    return dy * s * (1 + x * (1 - s))


@subroutine
def normal_distribution(x):
    """(Φ(x), exp(−x² / 2)) with Φ the normal distribution function."""
    bell = exp_below_0(x * x * -0.5)
    tail = bell * normal_tail(abs(x))
    return where(x < 0, tail, 1 - tail), bell


@formula_kernel
def gelu_chunks(x):
    """y = x · Φ(x)."""
    distribution, _ = normal_distribution(x)
    return x * distribution


@formula_kernel
def gelu_gradient_chunks(dy, x):
    """dx = dy · (Φ(x) + x · φ(x)), φ(x) = exp(−x² / 2) / √(2π)."""
    distribution, bell = normal_distribution(x)
    return dy * (distribution + x * bell * DENSITY_AT_0)


@formula_kernel
def tanh_gelu_chunks(x):
    """y = x · (1 + tanh u) / 2 = x · sigmoid(2u), u = √(2/π) · (x + 0.044715 x³)."""
    return x * sigmoid(x * TWICE_GELU_SLOPE * (1 + x * x * GELU_CUBIC))


@formula_kernel
def tanh_gelu_gradient_chunks(dy, x):
    """dx = dy · (s + x · s · (1 − s) · d2u/dx), s = sigmoid(2u)."""
    square = x * x
    s = sigmoid(x * TWICE_GELU_SLOPE * (1 + square * GELU_CUBIC))
    return dy * (s + x * s * (1 - s) * (TWICE_GELU_SLOPE * (1 + square * (3 * GELU_CUBIC))))


@formula_kernel
def elu_chunks(x, scale: float, alpha: float):
    """y = scale · x where x > 0, else scale · α · (exp(x) − 1)."""
    return scale * where(x > 0, x, alpha * expm1_below_0(x))


@formula_kernel
def elu_gradient_chunks(dy, y, scale: float, alpha: float):
    """dx = scale · dy where y > 0, else dy · (y + scale · α)."""
    return dy * where(y > 0, scale, y + scale * alpha)


@formula_kernel
def selu_gradient_chunks(dy, y, scale: float, alpha: float):
    """dx = scale · dy where y ≥ 0 (elu: where y > 0), else dy · (y + scale · α)."""
    return dy * where(y >= 0, scale, y + scale * alpha)


@formula_kernel
def relu_chunks(x):
    """y = max(x, 0); NaN stays NaN."""
    return where(x < 0, 0, x)


@formula_kernel
def relu_gradient_chunks(dy, y):
    """dx = dy where y > 0, else 0."""
    return where(y > 0, dy, 0)


@formula_kernel
def leaky_relu_chunks(x, slope: float):
    """y = x where x > 0, else slope · x."""
    return where(x > 0, x, slope * x)


@formula_kernel
def leaky_relu_gradient_chunks(dy, x, slope: float):
    """dx = dy where x > 0, else slope · dy."""
    return where(x > 0, dy, slope * dy)


@formula_kernel
def relu6_chunks(x):
    """y = min(max(x, 0), 6); NaN stays NaN."""
    return where(x < 0, 0, where(x > 6, 6, x))


@formula_kernel
def relu6_gradient_chunks(dy, y):
    """dx = dy where 0 < y < 6, else 0."""
    return where(y > 0, where(y < 6, dy, 0), 0)


@formula_kernel
def hard_tanh_chunks(x):
    """y = min(max(x, −1), 1); NaN stays NaN."""
    return where(x < -1, -1, where(x > 1, 1, x))


@formula_kernel
def hard_tanh_gradient_chunks(dy, x):
    """dx = dy where −1 ≤ x ≤ 1, else 0."""
    return where(abs(x) <= 1, dy, 0)


@formula_kernel
def softsign_chunks(x):
    """y = x / (1 + |x|)."""
    return x / (1 + abs(x))


@formula_kernel
def softsign_gradient_chunks(dy, x):
    """dx = dy / (1 + |x|)², divided twice, since the square overflows above 1.8e19."""
    scale = 1 + abs(x)
    return dy / scale / scale


@formula_kernel
def erf_gradient_chunks(dy, x):
    """dx = dy · 2/√π · exp(−x²)."""
    return dy * exp_below_0(-(x * x)) * TWO_BY_ROOT_PI


@formula_kernel
def exp_chunks(x):
    """y = exp(x)."""
    return exp(x)


@formula_kernel
def exp_gradient_chunks(dy, y):
    """dx = dy · y."""
    return dy * y


@formula_kernel
def absolute_chunks(x):
    """y = |x|."""
    return abs(x)


@formula_kernel
def absolute_gradient_chunks(dy, x):
    """dx = dy · sign x, where 0 and NaN are their own signs."""
    return dy * where(abs(x) > 0, copysign(1, x), x)


@formula_kernel
def softplus_chunks(x):
    """y = ln(1 + exp(x))."""
    return where(x < 0, 0, x) + log1p_of_fraction(exp_below_0(-abs(x)))


@formula_kernel
def softplus_gradient_chunks(dy, x):
    """dx = dy · sigmoid(x)."""
    return dy * sigmoid(x)
