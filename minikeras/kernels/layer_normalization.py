"""Layer normalization over the last axis: each row by its own mean and variance, and the gradients.

Arrays x, dy (…, features); parameters (features,); statistics (…,). With n = number of features,

    mean = Σ x / n,   variance = Σ (x − mean)² / n,   x̂ = (x − mean) / √(variance + ε),   y = γ · x̂ + β.

Two forms of each: the reference in NumPy, and for float32 the jobs of `layer_normalization_jobs.py`.
"""

import numpy as np

from minikeras.kernels.layer_normalization_jobs import layer_normalization_gradient_jobs, layer_normalization_jobs
from minikeras.kernels.memory import unset
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import fits_jobs


def layer_normalization(x, gamma, beta, epsilon):
    """(y, mean, inverse): y = γ · (x − mean) · inverse + β, with inverse = 1 / √(variance + ε) of each row."""
    x = np.ascontiguousarray(x)
    if not fits_jobs(x, gamma, beta):
        y, mean, inverse = layer_normalization_reference(_rows(x), gamma, beta, x.dtype.type(epsilon))
        return y.reshape(x.shape), mean.reshape(x.shape[:-1]), inverse.reshape(x.shape[:-1])
    y, mean, inverse = unset(x.shape), unset(x.shape[:-1]), unset(x.shape[:-1])
    run_prepared(_jobs, (_rows(x), gamma, beta, _rows(y), mean.reshape(-1), inverse.reshape(-1)), float(epsilon))
    return y, mean, inverse


def layer_normalization_gradient(dy, x, mean, inverse, gamma):
    """(dx, dgamma, dbeta), from the statistics that `layer_normalization` gave.

    With h = γ · dy:   dx = inverse · (h − Σ h / n − x̂ · Σ (h · x̂) / n),   dgamma = Σ dy · x̂,   dbeta = Σ dy  over rows.
    """
    statistics = np.ascontiguousarray(mean).reshape(-1), np.ascontiguousarray(inverse).reshape(-1)
    dy, x = np.ascontiguousarray(dy), np.ascontiguousarray(x)
    if not fits_jobs(dy, x, *statistics, gamma):
        dx, dgamma, dbeta = layer_normalization_gradient_reference(_rows(dy), _rows(x), *statistics, gamma)
        return dx.reshape(x.shape), dgamma, dbeta
    dx, dgamma, dbeta = unset(x.shape), unset(gamma.shape), unset(gamma.shape)
    arrays = _rows(dy), _rows(x), *statistics, gamma, _rows(dx), dgamma, dbeta
    run_prepared(layer_normalization_gradient_jobs, arrays)
    return dx, dgamma, dbeta


def _jobs(x, gamma, beta, y, mean, inverse, epsilon):
    return layer_normalization_jobs(x, gamma, beta, epsilon, y, mean, inverse)


def _rows(x):
    return x.reshape(-1, x.shape[-1]) if x.size else x.reshape(0, x.shape[-1])


# --- the references, of matrices --------------------------------------------------------------------------------------


def layer_normalization_reference(x, gamma, beta, epsilon):
    """y = γ · (x − mean) / √(variance + ε) + β of each row, with mean and 1 / √(variance + ε)."""
    mean = x.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt(np.square(x - mean).mean(axis=1, keepdims=True) + epsilon)
    return (x - mean) * inverse * gamma + beta, mean[:, 0], inverse[:, 0]


def layer_normalization_gradient_reference(dy, x, mean, inverse, gamma):
    """dx = inverse · (h − mean of h − x̂ · mean of h·x̂) of each row, h = γ · dy; dgamma = Σ dy · x̂, dbeta = Σ dy."""
    normalized = (x - mean[:, None]) * inverse[:, None]
    h = dy * gamma
    projection = (h * normalized).mean(axis=1, keepdims=True)
    dx = inverse[:, None] * (h - h.mean(axis=1, keepdims=True) - normalized * projection)
    return dx, (dy * normalized).sum(axis=0), dy.sum(axis=0)
