"""Sums over all axes but the last: a bias's gradient, by itself or with the gradient of the relu behind the bias.

Large float32 arrays go by the jobs of `column_jobs.py` on all threads, others by loops that are called directly.
"""

from minikeras.kernels.activation import relu_gradient
from minikeras.kernels.batch_normalization import column_sums as column_sums_of_rows
from minikeras.kernels.column_jobs import column_sums_jobs, relu_gradient_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import goes_by_jobs


def column_sums(x):
    """Σ x over all axes but the last."""
    rows = x.reshape(-1, x.shape[-1])
    if not goes_by_jobs(rows):
        return column_sums_of_rows(rows)
    total = aligned(rows.shape[1:])
    run_prepared(column_sums_jobs, (rows, total))
    return total


def relu_and_bias_gradient(dy, y):
    """(dx, dbias): dx = dy where y = relu(x + bias) is positive, else 0; dbias = Σ dx over all axes but the last."""
    if not goes_by_jobs(dy, y):
        dx = relu_gradient(dy, y)
        return dx, column_sums(dx)
    dx, dbias = aligned(dy.shape), aligned(dy.shape[-1:])
    rows = [array.reshape(-1, array.shape[-1]) for array in (dy, y, dx)]
    run_prepared(relu_gradient_jobs, (*rows, dbias))
    return dx, dbias
