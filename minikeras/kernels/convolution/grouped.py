"""Convolution in float32 in any number of groups: the jobs that plans and the tape run.

One group uses `algorithms.py`, and as many groups as channels use `depthwise_jobs.py`. Otherwise the interleaved
channels of each group are copied to be contiguous, and the groups are computed in turn: the copies cost two passes over
x and y, and each group uses the fastest algorithm for its convolution. With several filters per channel of a depthwise
convolution each channel of x is repeated as many times.

Shapes as in `convolution`; the number of groups follows from those of x and kernel.
"""

import numpy as np

from minikeras.kernels.convolution import algorithms
from minikeras.kernels.convolution.depthwise_jobs import (
    depthwise_input_gradient_jobs,
    depthwise_jobs,
    depthwise_kernel_gradient_jobs,
)
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import floats, task_kernel
from minikeras.kernels.windows import output_sizes, with_axis

TASKS = 16  # of a copy


def convolve(x, kernel, strides, pads, dilation, bias=None, relu=False):
    """y = convolution(x, kernel) + bias, or relu of it: see `convolution` in this package."""
    outputs = output_sizes(x.shape[1:-1], kernel.shape[:-2], strides, pads, dilation)
    y = aligned((len(x), *outputs, kernel.shape[-1]))
    if y.size:
        x, kernel = np.ascontiguousarray(x), np.ascontiguousarray(kernel)
        run_prepared(forward_jobs, (x, kernel, bias, y), strides, pads, dilation, relu)
    return y


def input_gradient(dy, kernel, sizes, groups, strides, pads, dilation, bias=None, relu=False):
    """dx, the gradient for x (plus bias, or relu of it): see `convolution_input_gradient`."""
    dx = aligned((len(dy), *sizes, kernel.shape[-2] * groups))
    dy, kernel = np.ascontiguousarray(dy), np.ascontiguousarray(kernel)
    run_prepared(_input_gradient_jobs, (dy, kernel, dx, bias), strides, pads, dilation, relu)
    return dx


def _input_gradient_jobs(dy, kernel, dx, bias, strides, pads, dilation, relu):
    return input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias, relu)


def kernel_gradient(x, dy, window, groups, strides, pads, dilation):
    """dkernel, the gradient for the kernel: see `convolution_kernel_gradient`."""
    dkernel = aligned((*window, x.shape[-1] // groups, dy.shape[-1]))
    x, dy = np.ascontiguousarray(x), np.ascontiguousarray(dy)
    run_prepared(kernel_gradient_jobs, (x, dy, dkernel), strides, pads, dilation)
    return dkernel


def forward_jobs(x, kernel, bias, y, strides, pads, dilation, relu=False):
    """Jobs that set y = convolution(x, kernel) + bias, or relu of it. `bias` may be None."""
    geometry = strides, pads, dilation
    groups = x.shape[-1] // kernel.shape[-2]
    if groups == 1:
        return algorithms.forward_jobs(x, kernel, bias, y, *geometry, relu)
    if x.ndim == 3:
        return forward_jobs(x[:, None], kernel[None], bias, y[:, None], *with_axis(*geometry), relu)
    if _by_channel(kernel):
        spread, jobs = _repeated(x, y.shape[-1])
        return [*jobs, *depthwise_jobs(spread, kernel[..., 0, :], bias, y, *geometry, relu)]
    xs, kernels, ys = (_group_buffer(array, groups) for array in (x, kernel, y))
    jobs = [_split(x, xs), _split(kernel, kernels).preparing(kernel)]
    biases = [None] * groups if bias is None else np.split(bias, groups)
    for own_x, own_kernel, own_bias, own_y in zip(xs, kernels, biases, ys, strict=True):
        jobs += algorithms.forward_jobs(own_x, own_kernel, own_bias, own_y, *geometry, relu)
    return [*jobs, _join(ys, y)]


def input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias=None, relu=False):
    """Jobs that set dx, the gradient for x, or, as a transposed convolution, dx + bias or relu of it."""
    geometry = strides, pads, dilation
    groups = dx.shape[-1] // kernel.shape[-2]
    if groups == 1:
        return algorithms.input_gradient_jobs(dy, kernel, dx, *geometry, bias, relu)
    if dy.ndim == 3:
        return input_gradient_jobs(dy[:, None], kernel[None], dx[:, None], *with_axis(*geometry), bias, relu)
    if _by_channel(kernel) and bias is None and not relu:
        spread = dx if dx.shape == (*dx.shape[:-1], dy.shape[-1]) else aligned((*dx.shape[:-1], dy.shape[-1]))
        jobs = depthwise_input_gradient_jobs(dy, kernel[..., 0, :], spread, *geometry)
        return jobs if spread is dx else [*jobs, _summed(spread, dx)]
    dys, kernels, dxs = (_group_buffer(array, groups) for array in (dy, kernel, dx))
    jobs = [_split(dy, dys), _split(kernel, kernels).preparing(kernel)]
    biases = [None] * groups if bias is None else np.split(bias, groups)
    for own_dy, own_kernel, own_bias, own_dx in zip(dys, kernels, biases, dxs, strict=True):
        jobs += algorithms.input_gradient_jobs(own_dy, own_kernel, own_dx, *geometry, own_bias, relu)
    return [*jobs, _join(dxs, dx)]


def kernel_gradient_jobs(x, dy, dkernel, strides, pads, dilation):
    """Jobs that set dkernel, the gradient for the kernel."""
    geometry = strides, pads, dilation
    groups = x.shape[-1] // dkernel.shape[-2]
    if groups == 1:
        return algorithms.kernel_gradient_jobs(x, dy, dkernel, *geometry)
    if x.ndim == 3:
        return kernel_gradient_jobs(x[:, None], dy[:, None], dkernel[None], *with_axis(*geometry))
    if _by_channel(dkernel):
        spread, jobs = _repeated(x, dy.shape[-1])
        return [*jobs, *depthwise_kernel_gradient_jobs(spread, dy, dkernel[..., 0, :], *geometry)]
    xs, dys, dkernels = (_group_buffer(array, groups) for array in (x, dy, dkernel))
    jobs = [_split(x, xs), _split(dy, dys)]
    for own_x, own_dy, own_dkernel in zip(xs, dys, dkernels, strict=True):
        jobs += algorithms.kernel_gradient_jobs(own_x, own_dy, own_dkernel, *geometry)
    return [*jobs, _join(dkernels, dkernel)]


def _by_channel(kernel):
    """Whether each channel of an image has its own filters."""
    return kernel.ndim == 4 and kernel.shape[-2] == 1


def _group_buffer(array, groups):
    """The workspace for an array's groups of channels, one after the other."""
    return aligned((groups, *array.shape[:-1], array.shape[-1] // groups))


def _split(array, groups):
    """The job that copies an array's channels to their groups."""
    joined = array.reshape(-1, array.shape[-1])
    return split_channels.job(_tasks(joined), joined, groups.reshape(len(groups), len(joined), -1), _rows(joined))


def _join(groups, array):
    """The job that copies groups of channels back to an array."""
    joined = array.reshape(-1, array.shape[-1])
    return join_channels.job(_tasks(joined), groups.reshape(len(groups), len(joined), -1), joined, _rows(joined))


def _repeated(x, channels):
    """x with each channel repeated up to this number, and the jobs that do it."""
    if x.shape[-1] == channels:
        return x, []
    spread = aligned((*x.shape[:-1], channels))
    few, many = x.reshape(-1, x.shape[-1]), spread.reshape(-1, channels)
    return spread, [repeat_channels.job(_tasks(few), few, many, _rows(few))]


def _summed(spread, dx):
    """The job that sets each channel of dx to the sum of its neighbours in `spread`."""
    many, few = spread.reshape(-1, spread.shape[-1]), dx.reshape(-1, dx.shape[-1])
    return sum_channels.job(_tasks(few), many, few, _rows(few))


def _rows(matrix):
    return -(-len(matrix) // TASKS)


def _tasks(matrix):
    return -(-len(matrix) // _rows(matrix))


@task_kernel
def split_channels(task, joined: floats(2), groups: floats(3), rows_per_task: int):
    """groups[g, i, c] = joined[i, g · channels of a group + c] for some rows i."""
    channels = groups.shape[2]
    for g in range(len(groups)):
        for i in range(task * rows_per_task, min(len(joined), (task + 1) * rows_per_task)):
            for c in range(channels):
                groups[g, i, c] = joined[i, g * channels + c]


@task_kernel
def join_channels(task, groups: floats(3), joined: floats(2), rows_per_task: int):
    """joined[i, g · channels of a group + c] = groups[g, i, c] for some rows i."""
    channels = groups.shape[2]
    for g in range(len(groups)):
        for i in range(task * rows_per_task, min(len(joined), (task + 1) * rows_per_task)):
            for c in range(channels):
                joined[i, g * channels + c] = groups[g, i, c]


@task_kernel
def repeat_channels(task, few: floats(2), many: floats(2), rows_per_task: int):
    """many[i, c · times + m] = few[i, c] for some rows i."""
    times = many.shape[1] // few.shape[1]
    for i in range(task * rows_per_task, min(len(few), (task + 1) * rows_per_task)):
        for c in range(few.shape[1]):
            for m in range(times):
                many[i, c * times + m] = few[i, c]


@task_kernel
def sum_channels(task, many: floats(2), few: floats(2), rows_per_task: int):
    """few[i, c] = Σ_m many[i, c · times + m] for some rows i."""
    times = many.shape[1] // few.shape[1]
    for i in range(task * rows_per_task, min(len(few), (task + 1) * rows_per_task)):
        for c in range(few.shape[1]):
            total = many[i, c * times]
            for m in range(1, times):
                total += many[i, c * times + m]
            few[i, c] = total
