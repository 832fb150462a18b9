"""Batch normalization over the last axis: statistics per channel, the normalized values, and the gradients.

Arrays x, dy (…, channels); statistics and parameters (channels,). With n = number of values per channel,

    mean = Σ x / n,   variance = Σ (x − mean)² / n,   x̂ = (x − mean) / √(variance + ε),   y = γ · x̂ + β.

Two forms of each: the reference in NumPy, and for float32 the jobs of `batch_normalization_jobs.py`. A single channel
uses NumPy, which sums it in a third of the time.
"""

import numpy as np

from minikeras.kernels.batch_normalization_jobs import (
    batch_normalization_gradient_jobs,
    batch_normalization_inference_jobs,
    batch_normalization_jobs,
    moments_jobs,
)
from minikeras.kernels.columns import column_sums_reference
from minikeras.kernels.memory import as_rows, empty, empty_like
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import fits_jobs


def channel_moments(x):
    """(mean, variance) of each channel; the variance divides by n, as Keras's does."""
    x = np.ascontiguousarray(x)
    if x.shape[-1] == 1 or not fits_jobs(x):
        return channel_moments_reference(x)
    mean, variance = empty(x.shape[-1:]), empty(x.shape[-1:])
    run_prepared(_moments_jobs, (x, mean, variance))
    return mean, variance


def batch_normalization(x, mean, variance, gamma, beta, epsilon):
    """y = γ · (x − mean) / √(variance + ε) + β, as one multiplication and one addition per value."""
    x = np.ascontiguousarray(x)
    if x.shape[-1] == 1 or not fits_jobs(x, mean, variance, gamma, beta):
        return batch_normalization_reference(x, mean, variance, gamma, beta, epsilon)
    y = empty_like(x)
    run_prepared(_inference_jobs, (x, mean, variance, gamma, beta, y), epsilon)
    return y


def standardization(x, gamma, beta, epsilon):
    """(y, mean, variance): `batch_normalization` with the mean and variance of x itself."""
    x = np.ascontiguousarray(x)
    if x.shape[-1] == 1 or not fits_jobs(x, gamma, beta):
        mean, variance = channel_moments_reference(x)
        return batch_normalization_reference(x, mean, variance, gamma, beta, epsilon), mean, variance
    y, mean, variance = empty_like(x), empty_like(gamma), empty_like(gamma)
    run_prepared(_jobs, (x, mean, variance, gamma, beta, y), epsilon)
    return y, mean, variance


def batch_normalization_gradient(dy, x, mean, variance, gamma, epsilon):
    """(dx, dgamma, dbeta) if mean and variance are those of x itself, so that the gradient also flows through them.

    dbeta = Σ dy,   dgamma = Σ dy · x̂,   dx = γ / √(variance + ε) · (dy − dbeta / n − x̂ · dgamma / n).
    """
    dy, x = np.ascontiguousarray(dy), np.ascontiguousarray(x)
    if x.shape[-1] == 1 or not fits_jobs(dy, x, mean, variance, gamma):
        return batch_normalization_gradient_reference(dy, x, mean, variance, gamma, epsilon)
    dx, dgamma, dbeta = empty_like(x), empty_like(gamma), empty_like(gamma)
    run_prepared(_gradient_jobs, (dy, x, dx, mean, variance, gamma, dgamma, dbeta), epsilon)
    return dx, dgamma, dbeta


def _moments_jobs(x, mean, variance):
    return moments_jobs(as_rows(x), mean, variance)


def _jobs(x, mean, variance, gamma, beta, y, epsilon):
    return batch_normalization_jobs(as_rows(x), mean, variance, gamma, beta, epsilon, as_rows(y))


def _inference_jobs(x, mean, variance, gamma, beta, y, epsilon):
    return batch_normalization_inference_jobs(as_rows(x), mean, variance, gamma, beta, epsilon, as_rows(y))


def _gradient_jobs(dy, x, dx, mean, variance, gamma, dgamma, dbeta, epsilon):
    rows = as_rows(dy), as_rows(x)
    return batch_normalization_gradient_jobs(*rows, mean, variance, gamma, epsilon, as_rows(dx), dgamma, dbeta)


# --- the references ---------------------------------------------------------------------------------------------------


def channel_moments_reference(x):
    """(mean, variance) of each channel, in two passes over x."""
    x = as_rows(x)
    count = x.dtype.type(len(x))
    mean = column_sums_reference(x) / count
    return mean, column_sums_reference(np.square(x - mean)) / count


def batch_normalization_reference(x, mean, variance, gamma, beta, epsilon):
    """y = x · scale + shift with scale = γ / √(variance + ε) and shift = β − mean · scale."""
    scale = gamma / np.sqrt(variance + x.dtype.type(epsilon))
    return x * scale + (beta - mean * scale)


def batch_normalization_gradient_reference(dy, x, mean, variance, gamma, epsilon):
    """(dx, dgamma, dbeta): see `batch_normalization_gradient`."""
    count = x.dtype.type(x.size // x.shape[-1])
    inverse = 1 / np.sqrt(variance + x.dtype.type(epsilon))
    dbeta = column_sums_reference(dy)
    dgamma = column_sums_reference(dy * (x - mean)) * inverse
    scale = gamma * inverse
    slope = -scale * dgamma * inverse / count
    shift = -scale * dbeta / count - slope * mean
    return dy * scale + x * slope + shift, dgamma, dbeta
