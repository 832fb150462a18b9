"""Sums and activation functions: large float32 arrays in one pass on all threads, others as one loop or by NumPy."""

import numpy as np

from minikeras.kernels import activation
from minikeras.kernels.activation_jobs import (
    activation_jobs,
    gelu_gradient_pieces,
    gelu_pieces,
    sigmoid_gradient_pieces,
    sigmoid_pieces,
    silu_gradient_pieces,
    silu_pieces,
)
from minikeras.kernels.column_jobs import relu_gradient_jobs
from minikeras.kernels.elementwise_jobs import add_pieces, relu_pieces
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import TaskKernel, goes_by_jobs


def add(a, b):
    """a + b, arrays or Python numbers."""
    if type(a) is np.ndarray is type(b) and a.shape == b.shape and goes_by_jobs(a, b):
        return in_one_pass(add_pieces, a, b, numbers=(-np.inf,))
    return np.add(a, b)


def relu(x):
    """max(x, 0)."""
    return in_one_pass(relu_pieces, x) if type(x) is np.ndarray and goes_by_jobs(x) else np.maximum(x, 0)


def relu_gradient(dy, y):
    """dx = dy where y = relu(x) is positive, else 0."""
    if not goes_by_jobs(dy, y):
        return activation.relu_gradient(dy, y)
    dx = aligned(dy.shape)
    run_prepared(relu_gradient_jobs, [array.reshape(-1, array.shape[-1]) for array in (dy, y, dx)])
    return dx


def sigmoid(x):
    """y = 1 / (1 + exp(−x))."""
    return in_one_pass(sigmoid_pieces, x) if goes_by_jobs(x) else activation.sigmoid(x)


def sigmoid_gradient(dy, y):
    """dx = dy · y · (1 − y), from y = sigmoid(x)."""
    return in_one_pass(sigmoid_gradient_pieces, dy, y) if goes_by_jobs(dy, y) else activation.sigmoid_gradient(dy, y)


def silu(x):
    """y = x · sigmoid(x)."""
    return in_one_pass(silu_pieces, x) if goes_by_jobs(x) else activation.silu(x)


def silu_gradient(dy, x):
    """dx = dy · s · (1 + x · (1 − s)), s = sigmoid(x)."""
    return in_one_pass(silu_gradient_pieces, dy, x) if goes_by_jobs(dy, x) else activation.silu_gradient(dy, x)


def gelu(x):
    """y = x · Φ(x)."""
    return in_one_pass(gelu_pieces, x) if goes_by_jobs(x) else activation.gelu(x)


def gelu_gradient(dy, x):
    """dx = dy · (Φ(x) + x · φ(x))."""
    return in_one_pass(gelu_gradient_pieces, dy, x) if goes_by_jobs(dy, x) else activation.gelu_gradient(dy, x)


def in_one_pass(kernel, *arrays, numbers=()):
    """What a kernel over pieces (see `elementwise_jobs.py`) makes of arrays of one shape that `goes_by_jobs`."""
    y = aligned(arrays[0].shape)
    run_prepared(_jobs, [array.reshape(-1) for array in (*arrays, y)], kernel, *numbers)
    return y


def _jobs(*arguments):
    """The jobs of a kernel that stands between its arrays and its numbers."""
    place = next(i for i, argument in enumerate(arguments) if isinstance(argument, TaskKernel))
    return activation_jobs(arguments[place], *arguments[:place], *arguments[place + 1 :])
