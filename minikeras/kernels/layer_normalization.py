"""Layer normalization over the last axis: each row by its own mean and variance, and the gradients.

Arrays x, dy (…, features); parameters (features,); statistics (…,). With n = number of features,

    mean = Σ x / n,   variance = Σ (x − mean)² / n,   x̂ = (x − mean) / √(variance + ε),   y = γ · x̂ + β.

Two forms of each: the reference in NumPy, and for float32 the jobs of `layer_normalization_jobs.py`.
"""

import numpy as np

from minikeras.kernels.layer_normalization_jobs import layer_normalization_gradient_jobs, layer_normalization_jobs
from minikeras.kernels.memory import as_rows, empty, empty_like
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import fits_jobs


def layer_normalization(x, gamma, beta, epsilon):
    """(y, mean, inverse): y = γ · (x − mean) · inverse + β, with inverse = 1 / √(variance + ε) of each row."""
    x = np.ascontiguousarray(x)
    if not fits_jobs(x, gamma, beta):
        return layer_normalization_reference(x, gamma, beta, x.dtype.type(epsilon))
    y, mean, inverse = empty_like(x), empty(x.shape[:-1]), empty(x.shape[:-1])
    run_prepared(_jobs, (x, gamma, beta, y, mean, inverse), float(epsilon))
    return y, mean, inverse


def layer_normalization_gradient(dy, x, mean, inverse, gamma):
    """(dx, dgamma, dbeta), from the statistics that `layer_normalization` returned.

    With h = γ · dy:   dx = inverse · (h − Σ h / n − x̂ · Σ (h · x̂) / n),   dgamma = Σ dy · x̂,   dbeta = Σ dy  over rows.
    """
    dy, x, mean, inverse = map(np.ascontiguousarray, (dy, x, mean, inverse))
    if not fits_jobs(dy, x, mean, inverse, gamma):
        return layer_normalization_gradient_reference(dy, x, mean, inverse, gamma)
    dx, dgamma, dbeta = empty_like(x), empty_like(gamma), empty_like(gamma)
    run_prepared(_gradient_jobs, (dy, x, mean, inverse, gamma, dx, dgamma, dbeta))
    return dx, dgamma, dbeta


def _jobs(x, gamma, beta, y, mean, inverse, epsilon):
    return layer_normalization_jobs(as_rows(x), gamma, beta, epsilon, as_rows(y), mean.reshape(-1), inverse.reshape(-1))


def _gradient_jobs(dy, x, mean, inverse, gamma, dx, dgamma, dbeta):
    arrays = as_rows(dy), as_rows(x), mean.reshape(-1), inverse.reshape(-1), gamma, as_rows(dx), dgamma, dbeta
    return layer_normalization_gradient_jobs(*arrays)


# --- the references ---------------------------------------------------------------------------------------------------


def layer_normalization_reference(x, gamma, beta, epsilon):
    """(y, mean, inverse) along the last axis: y = γ · (x − mean) · inverse + β, inverse = 1 / √(variance + ε)."""
    mean = x.mean(axis=-1, keepdims=True)
    inverse = 1 / np.sqrt(np.square(x - mean).mean(axis=-1, keepdims=True) + epsilon)
    return (x - mean) * inverse * gamma + beta, mean[..., 0], inverse[..., 0]


def layer_normalization_gradient_reference(dy, x, mean, inverse, gamma):
    """(dx, dgamma, dbeta): dx = inverse · (h − mean of h − x̂ · mean of h·x̂), h = γ · dy; sums over all other axes."""
    mean, inverse = mean.reshape(*x.shape[:-1], 1), inverse.reshape(*x.shape[:-1], 1)
    normalized = (x - mean) * inverse
    h = dy * gamma
    projection = (h * normalized).mean(axis=-1, keepdims=True)
    dx = inverse * (h - h.mean(axis=-1, keepdims=True) - normalized * projection)
    rows = tuple(range(x.ndim - 1))
    return dx, (dy * normalized).sum(axis=rows), dy.sum(axis=rows)
