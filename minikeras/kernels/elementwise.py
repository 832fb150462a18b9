"""Sums, relu and its gradient, element by element: large float32 arrays on all threads, others by NumPy."""

import numpy as np

from minikeras.kernels import activation
from minikeras.kernels.column_jobs import relu_gradient_jobs
from minikeras.kernels.elementwise_jobs import add_jobs, relu_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import goes_by_jobs


def add(a, b):
    """a + b, arrays or Python numbers."""
    if type(a) is not np.ndarray or type(b) is not np.ndarray or a.shape != b.shape or not goes_by_jobs(a, b):
        return np.add(a, b)
    y = aligned(a.shape)
    run_prepared(add_jobs, (a.reshape(-1), b.reshape(-1), y.reshape(-1)))
    return y


def relu(x):
    """max(x, 0)."""
    if type(x) is not np.ndarray or not goes_by_jobs(x):
        return np.maximum(x, 0)
    y = aligned(x.shape)
    run_prepared(relu_jobs, (x.reshape(-1), y.reshape(-1)))
    return y


def relu_gradient(dy, y):
    """dx = dy where y = relu(x) is positive, else 0."""
    if not goes_by_jobs(dy, y):
        return activation.relu_gradient(dy, y)
    dx = aligned(dy.shape)
    run_prepared(relu_gradient_jobs, [array.reshape(-1, array.shape[-1]) for array in (dy, y, dx)])
    return dx
