"""Layer normalization over the last axis in float32 as jobs; `layer_normalization.py` has the formulas.

x, y, dx and dy are matrices (rows, features); mean and inverse (rows,); gamma, beta and their gradients (features,).
"""

import numpy as np

from minikeras.kernels.column_jobs import add_first_of_parts, clear, rows_of_a_part
from minikeras.kernels.memory import aligned
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

ZERO, ONE = np.float32(0), np.float32(1)


def layer_normalization_jobs(x, gamma, beta, epsilon, y, mean, inverse):
    """The job that sets y = γ · (x − mean) · inverse + β, mean and inverse = 1 / √(variance + ε)."""
    per_part = rows_of_a_part(len(x))
    return [normalize_rows.job(-(-len(x) // per_part), x, gamma, beta, y, mean, inverse, epsilon, per_part)]


def layer_normalization_gradient_jobs(dy, x, mean, inverse, gamma, dx, dgamma, dbeta):
    """The jobs that set dx, dgamma and dbeta."""
    per_part = rows_of_a_part(len(x))
    parts = -(-len(x) // per_part)
    sums = aligned((2, parts, 1, x.shape[1]))
    return [
        normalization_gradient_of_rows.job(
            parts, dy, x, mean, inverse, gamma, dx, sums[0].reshape(parts, -1), sums[1].reshape(parts, -1), per_part
        ),
        add_first_of_parts.job(1, sums[0], dgamma),
        add_first_of_parts.job(1, sums[1], dbeta),
    ]


@subroutine(fastmath={"reassoc"})  # sums along a row 16 at a time
def statistics_of_row(x, i, epsilon):
    """(mean, 1 / √(variance + ε)) of row i."""
    features = x.shape[1]
    total = ZERO
    for j in range(features):
        total += x[i, j]
    mean = total / np.float32(features)
    total = ZERO
    for j in range(features):
        total += (x[i, j] - mean) * (x[i, j] - mean)
    return mean, ONE / np.sqrt(total / np.float32(features) + epsilon)


@subroutine(fastmath={"reassoc"})
def projections_of_row(dy, x, i, mean, inverse, gamma):
    """(mean of h, mean of h · x̂) of row i, h = γ · dy."""
    features = x.shape[1]
    total, product = ZERO, ZERO
    for j in range(features):
        h = dy[i, j] * gamma[j]
        total += h
        product += h * ((x[i, j] - mean) * inverse)
    return total / np.float32(features), product / np.float32(features)


@task_kernel
def normalize_rows(
    task,
    x: floats(2),
    gamma: floats(1),
    beta: floats(1),
    y: floats(2),
    mean: floats(1),
    inverse: floats(1),
    epsilon: float,
    rows_per_task: int,
):
    """y and the statistics of some rows."""
    for i in range(task * rows_per_task, min(len(x), (task + 1) * rows_per_task)):
        middle, factor = statistics_of_row(x, i, np.float32(epsilon))
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - middle) * factor * gamma[j] + beta[j]
        mean[i] = middle
        inverse[i] = factor


@task_kernel
def normalization_gradient_of_rows(
    task,
    dy: floats(2),
    x: floats(2),
    mean: floats(1),
    inverse: floats(1),
    gamma: floats(1),
    dx: floats(2),
    dgamma: floats(2),
    dbeta: floats(2),
    rows_per_task: int,
):
    """dx of some rows; dgamma[task] and dbeta[task] are their sums."""
    features = x.shape[1]
    own_dgamma, own_dbeta = dgamma[task], dbeta[task]
    clear(own_dgamma)
    clear(own_dbeta)
    for i in range(task * rows_per_task, min(len(x), (task + 1) * rows_per_task)):
        middle, factor = mean[i], inverse[i]
        mean_h, mean_product = projections_of_row(dy, x, i, middle, factor, gamma)
        for j in range(features):
            normalized = (x[i, j] - middle) * factor
            own_dgamma[j] += dy[i, j] * normalized
            own_dbeta[j] += dy[i, j]
            dx[i, j] = factor * (dy[i, j] * gamma[j] - mean_h - normalized * mean_product)
