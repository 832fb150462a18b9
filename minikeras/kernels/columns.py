"""Sums over all axes but the last: a bias's gradient, alone or with the gradient of the relu after the bias.

Two forms of each: the reference in NumPy, and for float32 the jobs of `column_jobs.py`. NumPy is quicker for a few
elements and for a single column.
"""

import numpy as np

from minikeras.kernels.column_jobs import column_sums_jobs, image_relu_gradient_jobs, relu_gradient_jobs
from minikeras.kernels.memory import aligned, as_rows, empty, empty_like
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import fits_jobs, should_use_jobs

FEW = 1 << 11  # elements: 32×64 take 2.4 µs by NumPy and by a job (AMD EPYC)


def column_sums(x):
    """Σ x over all axes but the last."""
    if x.size <= FEW or x.shape[-1] == 1 or not fits_jobs(x):
        return column_sums_reference(x)
    total = empty(x.shape[-1:])
    run_prepared(_sums_jobs, (x, total))
    return total


def _sums_jobs(x, total):
    return column_sums_jobs(as_rows(x), total)


def relu_and_bias_gradient(dy, y):
    """(dx, dbias): dx = dy where y = relu(x + bias) is positive, else 0; dbias = Σ dx over all axes but the last."""
    if repeats_a_pixel(dy, y):
        dbias = empty(dy.shape[-1:])
        return relu_gradient_of_images(dy, y, dbias), dbias
    dy, y = np.ascontiguousarray(dy), np.ascontiguousarray(y)
    if dy.shape[-1] == 1 or not fits_jobs(dy, y):
        return relu_and_bias_gradient_reference(dy, y)
    dx, dbias = empty_like(dy), empty(dy.shape[-1:])
    run_prepared(_relu_jobs, (dy, y, dx, dbias))
    return dx, dbias


def _relu_jobs(dy, y, dx, dbias):
    return relu_gradient_jobs(as_rows(dy), as_rows(y), as_rows(dx), dbias)


def repeats_a_pixel(dy, y):
    """Whether a gradient of large images (batch, …, channels) is one pixel per image, broadcast with stride 0, as for
    global average pooling. Materializing 32×32×32×64 of it takes longer than the relu's gradient."""
    return dy.ndim > 2 and not any(dy.strides[1:-1]) and dy.dtype.char == "f" and should_use_jobs(y)


def relu_gradient_of_images(dy, y, dbias=None):
    """dx = dy where y = relu(x) is positive, else 0, for a dy that `repeats_a_pixel`; dbias = Σ dx if it is given."""
    dx = aligned(y.shape)
    pixel = np.ascontiguousarray(dy[(slice(None), *[0] * (dy.ndim - 2))])
    run_prepared(_image_jobs, (pixel, y.reshape(-1, y.shape[-1]), dx.reshape(-1, y.shape[-1]), dbias))
    return dx


def _image_jobs(dy, y, dx, dbias):
    return image_relu_gradient_jobs(dy, y, dx, 1.0, dbias)


# --- the references ---------------------------------------------------------------------------------------------------


def column_sums_reference(x):
    """Σ x over all axes but the last.

    In float64: NumPy adds row by row, so 3000 terms in float32 lose a digit.
    """
    return np.add.reduce(as_rows(x), axis=0, dtype=np.float64).astype(x.dtype)  # in half the time of `sum`


def relu_and_bias_gradient_reference(dy, y):
    """dx = dy where y is positive, else 0, and its sums over all axes but the last."""
    dx = np.where(y > 0, dy, dy.dtype.type(0))
    return dx, column_sums_reference(dx)
