"""Group normalization in float32 as jobs: y = (x − mean) · r · scale + offset, with r = 1 / √(variance + ε).

x, y, dx and dy are (batch, outer, groups, inner): mean and variance are over outer and inner. A channel is `repeats`
adjacent elements of inner; scale and offset are (groups, inner / repeats). A task is one group of one sample. The
definition is `ops.normalization.Standardize`.
"""

import numpy as np

from minikeras.kernels.column_jobs import column_sums_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

ZERO, ONE = np.float32(0), np.float32(1)


def group_normalization_jobs(x, scale, offset, epsilon, y, mean, variance):
    """The job that sets y, and mean and variance (batch · groups,)."""
    return [normalize_groups.job(len(x) * x.shape[2], x, scale, offset, y, mean, variance, epsilon)]


def group_normalization_gradient_jobs(dy, x, scale, mean, variance, epsilon, dx, dscale, doffset):
    """The jobs that set dx, dscale and doffset."""
    sums = aligned((2, len(x), *scale.shape))
    job = gradients_of_groups.job(len(x) * x.shape[2], dy, x, scale, mean, variance, dx, sums[0], sums[1], epsilon)
    totals = [column_sums_jobs(sums[i].reshape(len(x), -1), total) for i, total in ((0, dscale), (1, doffset))]
    return [job, *totals[0], *totals[1]]


@subroutine(fastmath={"reassoc"})
def sum_of_row(row):
    """Σ row"""
    total = ZERO
    for i in range(len(row)):
        total += row[i]
    return total


@subroutine(fastmath={"reassoc"})
def squares_of_row(row, mean):
    """Σ (row − mean)²"""
    total = ZERO
    for i in range(len(row)):
        total += (row[i] - mean) * (row[i] - mean)
    return total


@task_kernel
def normalize_groups(
    task,
    x: floats(4),
    scale: floats(2),
    offset: floats(2),
    y: floats(4),
    mean: floats(1),
    variance: floats(1),
    epsilon: float,
):
    """y and the statistics of one group of one sample."""
    outer, groups, inner = x.shape[1], x.shape[2], x.shape[3]
    n, group = task // groups, task % groups
    repeats, count = inner // scale.shape[1], np.float32(outer * inner)
    total = ZERO
    for o in range(outer):
        total += sum_of_row(x[n, o, group])
    middle = total / count
    total = ZERO
    for o in range(outer):
        total += squares_of_row(x[n, o, group], middle)
    mean[task] = middle
    variance[task] = total / count
    factor = ONE / np.sqrt(variance[task] + np.float32(epsilon))
    for o in range(outer):
        source, target = x[n, o, group], y[n, o, group]
        for channel in range(scale.shape[1]):
            slope = factor * scale[group, channel]
            shift = offset[group, channel] - middle * slope
            for i in range(channel * repeats, (channel + 1) * repeats):
                target[i] = source[i] * slope + shift


@task_kernel
def gradients_of_groups(
    task,
    dy: floats(4),
    x: floats(4),
    scale: floats(2),
    mean: floats(1),
    variance: floats(1),
    dx: floats(4),
    dscale: floats(3),
    doffset: floats(3),
    epsilon: float,
):
    """dx of one group of one sample, and that sample's part of dscale and doffset."""
    outer, groups, inner = x.shape[1], x.shape[2], x.shape[3]
    n, group = task // groups, task % groups
    repeats, count = inner // scale.shape[1], np.float32(outer * inner)
    middle, factor = mean[task], ONE / np.sqrt(variance[task] + np.float32(epsilon))
    total, product = ZERO, ZERO
    for channel in range(scale.shape[1]):
        own_scale, own_offset = ZERO, ZERO
        for o in range(outer):
            source, gradient = x[n, o, group], dy[n, o, group]
            for i in range(channel * repeats, (channel + 1) * repeats):
                own_scale += gradient[i] * (source[i] - middle) * factor
                own_offset += gradient[i]
        dscale[n, group, channel] = own_scale
        doffset[n, group, channel] = own_offset
        total += own_offset * scale[group, channel]
        product += own_scale * scale[group, channel]
    total /= count
    product /= count
    for o in range(outer):
        source, gradient, target = x[n, o, group], dy[n, o, group], dx[n, o, group]
        for channel in range(scale.shape[1]):
            for i in range(channel * repeats, (channel + 1) * repeats):
                standard = (source[i] - middle) * factor
                target[i] = factor * (gradient[i] * scale[group, channel] - total - standard * product)
