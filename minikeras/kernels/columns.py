"""Sums over all axes but the last: a bias's gradient, by itself or with the gradient of the relu behind the bias.

Large float32 arrays go by the jobs of `column_jobs.py` on all threads, others by loops that are called directly.
"""

import numpy as np

from minikeras.kernels.batch_normalization import ROWS_PER_PARTIAL_SUM, column_sums_reference
from minikeras.kernels.batch_normalization import column_sums as column_sums_of_rows
from minikeras.kernels.column_jobs import column_sums_jobs, image_relu_gradient_jobs, relu_gradient_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import is_float, kernel
from minikeras.kernels.tasks import goes_by_jobs


def column_sums(x):
    """Σ x over all axes but the last."""
    rows = x.reshape(-1, x.shape[-1])
    if not goes_by_jobs(rows):
        return column_sums_of_rows(rows)
    total = aligned(rows.shape[1:])
    run_prepared(column_sums_jobs, (rows, total))
    return total


def relu_and_bias_gradient(dy, y, other=None):
    """(dx, dbias): dx = dy where y = relu(x + bias) is positive, else 0; dbias = Σ dx over all axes but the last.

    Given `other`, another gradient of y, it is added to dy.
    """
    if other is not None:
        if goes_by_jobs(dy, y, other):
            dbias = aligned(dy.shape[-1:])
            return relu_gradient_of_sum(dy, other, y, dbias), dbias
        dy = np.add(dy, other)
    if repeats_a_pixel(dy, y):
        dbias = aligned(dy.shape[-1:])
        return relu_gradient_of_images(dy, y, dbias), dbias
    dy = np.ascontiguousarray(dy)
    if not goes_by_jobs(dy, y):
        dx, dbias = relu_and_bias_gradient_rows(*[np.ascontiguousarray(a.reshape(-1, a.shape[-1])) for a in (dy, y)])
        return dx.reshape(dy.shape), dbias
    dx, dbias = aligned(dy.shape), aligned(dy.shape[-1:])
    rows = [array.reshape(-1, array.shape[-1]) for array in (dy, y, dx)]
    run_prepared(relu_gradient_jobs, (*rows, dbias))
    return dx, dbias


def relu_gradient_of_sum(dy, other, y, dbias=None):
    """dx = dy + other where y = relu(x) is positive, else 0; dbias = Σ dx if it is given. Large arrays without gaps."""
    dx = aligned(dy.shape)
    dy_rows, y_rows, dx_rows, other_rows = (array.reshape(-1, dy.shape[-1]) for array in (dy, y, dx, other))
    run_prepared(relu_gradient_jobs, (dy_rows, y_rows, dx_rows, dbias, other_rows))
    return dx


def repeats_a_pixel(dy, y):
    """Whether a gradient of large images (batch, …, channels) holds the numbers of one pixel of each and repeats them,
    as that of global average pooling does. Written out for the relu's gradient, 32×32×32×64 take longer than it."""
    return dy.ndim > 2 and not any(dy.strides[1:-1]) and dy.dtype.char == "f" and goes_by_jobs(y)


def relu_gradient_of_images(dy, y, dbias=None):
    """dx = dy where y = relu(x) is positive, else 0, for a dy that `repeats_a_pixel`; dbias = Σ dx if it is given."""
    dx = aligned(y.shape)
    pixel = np.ascontiguousarray(dy[(slice(None), *[0] * (dy.ndim - 2))])
    run_prepared(_image_jobs, (pixel, y.reshape(-1, y.shape[-1]), dx.reshape(-1, y.shape[-1]), dbias))
    return dx


def _image_jobs(dy, y, dx, dbias):
    return image_relu_gradient_jobs(dy, y, dx, 1.0, dbias)


def relu_and_bias_gradient_rows_reference(dy, y):
    """dx = dy where y is positive, else 0, and its sums per column: of matrices."""
    dx = np.where(y > 0, dy, dy.dtype.type(0))
    return dx, column_sums_reference(dx)


# 32×100 in 2.9 µs, where the relu's gradient and its sums one after the other take 6.4. As in `column_sums`, NumPy wins
# with a single column.
@kernel(
    reference=relu_and_bias_gradient_rows_reference,
    when=lambda dy, y: dy.shape[1] > 1 and is_float(dy, y) and dy.dtype == y.dtype,
)
def relu_and_bias_gradient_rows(dy, y):
    rows, columns = dy.shape
    dx, total, partial = np.empty_like(dy), np.zeros(columns, dy.dtype), np.empty(columns, dy.dtype)
    zero = dy.dtype.type(0)
    for start in range(0, rows, ROWS_PER_PARTIAL_SUM):
        partial[:] = 0
        for i in range(start, min(start + ROWS_PER_PARTIAL_SUM, rows)):
            for j in range(columns):
                dx[i, j] = dy[i, j] if y[i, j] > 0 else zero
                partial[j] += dx[i, j]
        for j in range(columns):
            total[j] += partial[j]
    return dx, total
