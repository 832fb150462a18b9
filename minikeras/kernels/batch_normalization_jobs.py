"""Batch normalization in float32 as jobs; `batch_normalization.py` has the formulas.

x, y, dx and dy are matrices (rows, channels), the others (channels,) vectors. Sums are split as in `column_jobs.py`.

Mean and variance need two passes, and a pass over a large x in memory takes as long as all the rest. So both passes run
over 64 rows at a time, which are still in the cache, and partial results are merged by the formula of Chan, Golub
and LeVeque (1983), for two groups a and b of rows with sums of squares M about their own means:

    mean = mean_a + δ · n_b / n,   M = M_a + M_b + δ² · n_a · n_b / n   with δ = mean_b − mean_a, n = n_a + n_b.
"""

import numpy as np

from minikeras.kernels.column_jobs import ROWS_PER_PARTIAL_SUM, add_to, clear, rows_of_a_part
from minikeras.kernels.memory import aligned
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

ONE = np.float32(1)


def moments_jobs(x, mean, variance):
    """The jobs that set mean and variance to those of x."""
    per_part = rows_of_a_part(len(x))
    parts = aligned((-(-len(x) // per_part), 4, x.shape[1]))
    return [
        moments_part.job(len(parts), x, parts, per_part),
        finish_moments.job(1, parts, mean, variance, len(x), per_part),
    ]


def batch_normalization_jobs(x, mean, variance, gamma, beta, epsilon, y):
    """The jobs that set mean and variance to those of x, and y = γ · (x − mean) / √(variance + ε) + β."""
    scale, shift = aligned(mean.shape), aligned(mean.shape)
    return [
        *moments_jobs(x, mean, variance),
        scale_and_shift_of.job(1, mean, variance, gamma, beta, scale, shift, epsilon),
        *scaled_add_jobs(x, scale, shift, y),
    ]


def batch_normalization_inference_jobs(x, mean, variance, gamma, beta, epsilon, y, relu=False):
    """The jobs that set y = γ · (x − mean) / √(variance + ε) + β with a given mean and variance.

    γ is 1 and β is 0 where they are None.
    """
    scale, shift = aligned(mean.shape), aligned(mean.shape)
    gamma, beta = _or_filled(gamma, 1, mean.shape), _or_filled(beta, 0, mean.shape)
    return [
        scale_and_shift_of.job(1, mean, variance, gamma, beta, scale, shift, epsilon),
        *scaled_add_jobs(x, scale, shift, y, relu),
    ]


def folded_weights_jobs(kernel, bias, mean, variance, gamma, beta, epsilon, folded, shift):
    """The jobs that fold batch normalization in inference into the weights of the product before it.

    With s = γ / √(variance + ε), they set folded = kernel · s along its last axis, and shift = β + (bias − mean) · s.
    If they are None, bias and β are 0 and γ is 1. The jobs prepare weights: they run again only when these change.
    """
    scale, zeros = aligned(mean.shape), _or_filled(None, 0, mean.shape)
    weights = [weight for weight in (mean, variance, gamma, beta, kernel, bias) if weight is not None]
    gamma, beta = _or_filled(gamma, 1, mean.shape), _or_filled(beta, 0, mean.shape)
    own = shift if bias is None else aligned(mean.shape)
    jobs = [
        scale_and_shift_of.job(1, mean, variance, gamma, beta, scale, own, epsilon),
        *scaled_add_jobs(kernel.reshape(-1, len(mean)), scale, zeros, folded.reshape(-1, len(mean))),
    ]
    if bias is not None:
        jobs += scaled_add_jobs(bias.reshape(1, -1), scale, own, shift.reshape(1, -1))
    return [job.preparing(*weights, made=folded) for job in jobs]


def _or_filled(vector, value, shape):
    """The vector, or, if it is None, a new one filled with this value."""
    if vector is None:
        vector = aligned(shape)
        vector[...] = value
    return vector


def batch_normalization_gradient_jobs(dy, x, mean, variance, gamma, epsilon, dx, dgamma, dbeta):
    """The jobs that set dx (unless it is None), dgamma and dbeta."""
    per_part = rows_of_a_part(len(x))
    parts = aligned((-(-len(x) // per_part), 4, x.shape[1]))
    factors = aligned((3, x.shape[1]))
    jobs = [
        gradient_sums_part.job(len(parts), dy, x, mean, parts, per_part),
        finish_gradient_sums.job(1, parts, mean, variance, gamma, dgamma, dbeta, factors, epsilon, len(x)),
    ]
    return jobs if dx is None else [*jobs, combine_part.job(len(parts), dy, x, factors, dx, per_part)]


def scaled_add_jobs(x, scale, shift, y, relu=False):
    """The job that sets y = x · scale + shift, or relu of it. x and y are matrices, scale and shift vectors."""
    per_part = rows_of_a_part(len(x))
    floor = 0.0 if relu else -np.inf
    return [scale_part.job(-(-len(x) // per_part), x, scale, shift, y, floor, per_part)]


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def moments_part(task, x: floats(2), parts: floats(3), rows_per_task: int):
    """parts[task] = (mean, M) of some rows; its remainder is scratch for those of 64 rows."""
    rows, columns = x.shape
    mean, squares, own_mean, own_squares = parts[task, 0], parts[task, 1], parts[task, 2], parts[task, 3]
    start, last = task * rows_per_task, min(rows, (task + 1) * rows_per_task)
    for first in range(start, last, ROWS_PER_PARTIAL_SUM):
        end = min(first + ROWS_PER_PARTIAL_SUM, last)
        clear(own_mean)
        clear(own_squares)
        for i in range(first, end):
            for j in range(columns):
                own_mean[j] += x[i, j]
        for j in range(columns):
            own_mean[j] /= np.float32(end - first)
        for i in range(first, end):
            for j in range(columns):
                distance = x[i, j] - own_mean[j]
                own_squares[j] += distance * distance
        put_together(mean, squares, first - start, own_mean, own_squares, end - first)


@subroutine
def put_together(mean, squares, count, other_mean, other_squares, other_count):
    """(mean, M) of `count` rows, and then of `other_count` more; for 0 rows they may be uninitialized."""
    if count == 0:
        for j in range(len(mean)):
            mean[j], squares[j] = other_mean[j], other_squares[j]
        return
    share = np.float32(other_count / (count + other_count))
    for j in range(len(mean)):
        delta = other_mean[j] - mean[j]
        squares[j] += other_squares[j] + delta * delta * (np.float32(count) * share)
        mean[j] += delta * share


@task_kernel
def finish_moments(task, parts: floats(3), mean: floats(1), variance: floats(1), rows: int, rows_per_part: int):
    """mean, and variance = M / rows, of all parts merged."""
    for part in range(len(parts)):
        count = part * rows_per_part
        put_together(mean, variance, count, parts[part, 0], parts[part, 1], min(rows - count, rows_per_part))
    for j in range(len(mean)):
        variance[j] /= np.float32(rows)


@task_kernel
def scale_and_shift_of(
    task,
    mean: floats(1),
    variance: floats(1),
    gamma: floats(1),
    beta: floats(1),
    scale: floats(1),
    shift: floats(1),
    epsilon: float,
):
    """scale = γ / √(variance + ε), shift = β − mean · scale."""
    for j in range(len(mean)):
        scale[j] = gamma[j] / np.sqrt(variance[j] + epsilon)
        shift[j] = beta[j] - mean[j] * scale[j]


@task_kernel
def scale_part(
    task,
    x: floats(2),
    scale: floats(1),
    shift: floats(1),
    y: floats(2),
    floor: float,
    rows_per_task: int,
):
    """y = max(floor, x · scale + shift) for some rows."""
    rows, columns = x.shape
    for i in range(task * rows_per_task, min(rows, (task + 1) * rows_per_task)):
        for j in range(columns):
            value = x[i, j] * scale[j] + shift[j]
            y[i, j] = floor if value < floor else value


@task_kernel
def gradient_sums_part(task, dy: floats(2), x: floats(2), mean: floats(1), parts: floats(3), rows_per_task: int):
    """parts[task] = (Σ dy, Σ dy · (x − mean)) of some rows."""
    rows, columns = x.shape
    total, partial = parts[task, 0], parts[task, 1]
    product_total, product_partial = parts[task, 2], parts[task, 3]
    clear(total)
    clear(product_total)
    last = min(rows, (task + 1) * rows_per_task)
    for first in range(task * rows_per_task, last, ROWS_PER_PARTIAL_SUM):
        clear(partial)
        clear(product_partial)
        for i in range(first, min(first + ROWS_PER_PARTIAL_SUM, last)):
            for j in range(columns):
                partial[j] += dy[i, j]
                product_partial[j] += dy[i, j] * (x[i, j] - mean[j])
        add_to(total, partial)
        add_to(product_total, product_partial)


@task_kernel
def finish_gradient_sums(
    task,
    parts: floats(3),
    mean: floats(1),
    variance: floats(1),
    gamma: floats(1),
    dgamma: floats(1),
    dbeta: floats(1),
    factors: floats(2),
    epsilon: float,
    rows: int,
):
    """dbeta = Σ dy, dgamma = Σ dy · x̂, and the three factors of dx = dy · scale + x · slope + shift."""
    count = np.float32(rows)
    for j in range(len(mean)):
        total, products = parts[0, 0, j], parts[0, 2, j]
        for part in range(1, len(parts)):
            total += parts[part, 0, j]
            products += parts[part, 2, j]
        inverse = ONE / np.sqrt(variance[j] + epsilon)
        dbeta[j] = total
        dgamma[j] = products * inverse
        scale = gamma[j] * inverse
        slope = -scale * dgamma[j] * inverse / count
        factors[0, j] = scale
        factors[1, j] = slope
        factors[2, j] = -scale * total / count - slope * mean[j]


@task_kernel
def combine_part(task, dy: floats(2), x: floats(2), factors: floats(2), dx: floats(2), rows_per_task: int):
    """dx = dy · scale + x · slope + shift for some rows."""
    rows, columns = x.shape
    scale, slope, shift = factors[0], factors[1], factors[2]
    for i in range(task * rows_per_task, min(rows, (task + 1) * rows_per_task)):
        for j in range(columns):
            dx[i, j] = dy[i, j] * scale[j] + (x[i, j] * slope[j] + shift[j])
