"""Activation functions and their gradients on float32 arrays as jobs; `ops/` has the formulas beside each function.

Arrays are given flat. As in `elementwise_jobs.py`, which has relu, a task takes a piece of each.
"""

import math

import numpy as np

from minikeras.kernels.activation import DENSITY_AT_0, ROOT_OF_HALF, sigmoid_single
from minikeras.kernels.elementwise_jobs import PIECE
from minikeras.kernels.error_function import erf_single
from minikeras.kernels.exponential import exp_single, expm1_single
from minikeras.kernels.logarithm import log1p_single
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

ZERO, HALF, ONE, TWO, THREE, SIX = (np.float32(number) for number in (0, 0.5, 1, 2, 3, 6))
GELU_SLOPE, GELU_CUBIC = np.float32(math.sqrt(2 / math.pi)), np.float32(0.044715)


def activation_jobs(kernel, *arrays_and_numbers):
    """The job of one of the kernels below, on flat arrays of one length, the result last of them, then numbers."""
    size = arrays_and_numbers[0].size
    return [kernel.job(-(-size // PIECE), *arrays_and_numbers)]


@subroutine
def tanh_single(x):
    """tanh x = −m / (2 + m) with m = exp(−2|x|) − 1, and the sign of x."""
    m = expm1_single(-TWO * abs(x))
    value = -m / (TWO + m)
    return -value if x < ZERO else value


@task_kernel
def sigmoid_pieces(task, x: floats(1), y: floats(1)):
    """y = 1 / (1 + exp(−x))."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    for i in range(len(y)):
        y[i] = sigmoid_single(x[i])


@task_kernel
def sigmoid_gradient_pieces(task, dy: floats(1), y: floats(1), dx: floats(1)):
    """dx = dy · y · (1 − y)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, y, dx = dy[piece], y[piece], dx[piece]
    for i in range(len(dx)):
        dx[i] = dy[i] * y[i] * (ONE - y[i])


@task_kernel
def tanh_pieces(task, x: floats(1), y: floats(1)):
    """y = tanh x."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    for i in range(len(y)):
        y[i] = tanh_single(x[i])


@task_kernel
def tanh_gradient_pieces(task, dy: floats(1), y: floats(1), dx: floats(1)):
    """dx = dy · (1 − y²)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, y, dx = dy[piece], y[piece], dx[piece]
    for i in range(len(dx)):
        dx[i] = dy[i] * (ONE - y[i] * y[i])


@task_kernel
def silu_pieces(task, x: floats(1), y: floats(1)):
    """y = x · sigmoid(x)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    for i in range(len(y)):
        y[i] = x[i] * sigmoid_single(x[i])


@task_kernel
def silu_gradient_pieces(task, dy: floats(1), x: floats(1), dx: floats(1)):
    """dx = dy · s · (1 + x · (1 − s)), s = sigmoid(x)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, x, dx = dy[piece], x[piece], dx[piece]
    for i in range(len(dx)):
        s = sigmoid_single(x[i])
        dx[i] = dy[i] * s * (ONE + x[i] * (ONE - s))


@task_kernel
def gelu_pieces(task, x: floats(1), y: floats(1)):
    """y = x · Φ(x)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    for i in range(len(y)):
        y[i] = x[i] * (HALF + HALF * erf_single(x[i] * ROOT_OF_HALF))


@task_kernel
def gelu_gradient_pieces(task, dy: floats(1), x: floats(1), dx: floats(1)):
    """dx = dy · (Φ(x) + x · φ(x))."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, x, dx = dy[piece], x[piece], dx[piece]
    for i in range(len(dx)):
        distribution = HALF + HALF * erf_single(x[i] * ROOT_OF_HALF)
        dx[i] = dy[i] * (distribution + x[i] * exp_single(-HALF * x[i] * x[i]) * DENSITY_AT_0)


@task_kernel
def tanh_gelu_pieces(task, x: floats(1), y: floats(1)):
    """y = x · (1 + tanh u) / 2, u = √(2/π) · (x + 0.044715 x³)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    for i in range(len(y)):
        y[i] = HALF * x[i] * (ONE + tanh_single(GELU_SLOPE * x[i] * (ONE + GELU_CUBIC * (x[i] * x[i]))))


@task_kernel
def tanh_gelu_gradient_pieces(task, dy: floats(1), x: floats(1), dx: floats(1)):
    """dx = dy · ((1 + t) / 2 + x · (1 − t²) / 2 · du/dx), t = tanh u."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, x, dx = dy[piece], x[piece], dx[piece]
    for i in range(len(dx)):
        square = x[i] * x[i]
        t = tanh_single(GELU_SLOPE * x[i] * (ONE + GELU_CUBIC * square))
        du = GELU_SLOPE * (ONE + THREE * GELU_CUBIC * square)
        dx[i] = dy[i] * (HALF * (ONE + t) + HALF * x[i] * (ONE - t * t) * du)


@task_kernel
def elu_pieces(task, x: floats(1), y: floats(1), scale: float, alpha: float):
    """y = scale · x where x > 0, else scale · α · (exp(x) − 1)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    positive, negative = np.float32(scale), np.float32(scale * alpha)
    for i in range(len(y)):
        y[i] = positive * x[i] if x[i] > ZERO else negative * expm1_single(x[i])


@task_kernel
def elu_gradient_pieces(task, dy: floats(1), y: floats(1), dx: floats(1), scale: float, alpha: float):
    """dx = scale · dy where y > 0, else dy · (y + scale · α)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, y, dx = dy[piece], y[piece], dx[piece]
    positive, negative = np.float32(scale), np.float32(scale * alpha)
    for i in range(len(dx)):
        dx[i] = dy[i] * (positive if y[i] > ZERO else y[i] + negative)


@task_kernel
def selu_gradient_pieces(task, dy: floats(1), y: floats(1), dx: floats(1), scale: float, alpha: float):
    """dx = scale · dy where y ≥ 0 (elu: where y > 0), else dy · (y + scale · α)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, y, dx = dy[piece], y[piece], dx[piece]
    positive, negative = np.float32(scale), np.float32(scale * alpha)
    for i in range(len(dx)):
        dx[i] = dy[i] * (positive if y[i] >= ZERO else y[i] + negative)


@task_kernel
def leaky_relu_pieces(task, x: floats(1), y: floats(1), slope: float):
    """y = x where x > 0, else slope · x."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    below = np.float32(slope)
    for i in range(len(y)):
        y[i] = x[i] if x[i] > ZERO else below * x[i]


@task_kernel
def leaky_relu_gradient_pieces(task, dy: floats(1), x: floats(1), dx: floats(1), slope: float):
    """dx = dy where x > 0, else slope · dy."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, x, dx = dy[piece], x[piece], dx[piece]
    below = np.float32(slope)
    for i in range(len(dx)):
        dx[i] = dy[i] if x[i] > ZERO else below * dy[i]


@task_kernel
def relu6_pieces(task, x: floats(1), y: floats(1)):
    """y = min(max(x, 0), 6); NaN stays NaN."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    for i in range(len(y)):
        value = ZERO if x[i] < ZERO else x[i]
        y[i] = SIX if value > SIX else value


@task_kernel
def relu6_gradient_pieces(task, dy: floats(1), y: floats(1), dx: floats(1)):
    """dx = dy where 0 < y < 6, else 0."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, y, dx = dy[piece], y[piece], dx[piece]
    for i in range(len(dx)):
        dx[i] = dy[i] if (y[i] > ZERO) & (y[i] < SIX) else ZERO


@task_kernel
def exp_pieces(task, x: floats(1), y: floats(1)):
    """y = exp(x)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    for i in range(len(y)):
        y[i] = exp_single(x[i])


@task_kernel
def exp_gradient_pieces(task, dy: floats(1), y: floats(1), dx: floats(1)):
    """dx = dy · y."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, y, dx = dy[piece], y[piece], dx[piece]
    for i in range(len(dx)):
        dx[i] = dy[i] * y[i]


@task_kernel
def absolute_pieces(task, x: floats(1), y: floats(1)):
    """y = |x|."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    for i in range(len(y)):
        y[i] = abs(x[i])


@task_kernel
def absolute_gradient_pieces(task, dy: floats(1), x: floats(1), dx: floats(1)):
    """dx = dy · sign x."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, x, dx = dy[piece], x[piece], dx[piece]
    for i in range(len(dx)):
        sign = ONE if x[i] > ZERO else x[i]  # 0 and NaN are their own
        dx[i] = dy[i] * (-ONE if x[i] < ZERO else sign)


@task_kernel
def softplus_pieces(task, x: floats(1), y: floats(1)):
    """y = ln(1 + exp(x))."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    x, y = x[piece], y[piece]
    for i in range(len(y)):
        positive = ZERO if x[i] < ZERO else x[i]
        y[i] = positive + log1p_single(exp_single(-abs(x[i])))


@task_kernel
def softplus_gradient_pieces(task, dy: floats(1), x: floats(1), dx: floats(1)):
    """dx = dy · sigmoid(x)."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    dy, x, dx = dy[piece], x[piece], dx[piece]
    for i in range(len(dx)):
        dx[i] = dy[i] * sigmoid_single(x[i])
