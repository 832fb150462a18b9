"""Reductions as jobs: of all elements, of rows, over images (global pooling), over any axes.

Axes that are not adjacent are first brought together by a copy.
"""

import math

import numpy as np

from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.kernels.column_jobs import total_jobs
from minikeras.kernels.elementwise_jobs import divide_by_jobs, fill_jobs, fill_rows_jobs
from minikeras.kernels.global_pooling_jobs import global_max_gradient_jobs, global_max_jobs
from minikeras.kernels.loss_jobs import mean_job, mean_of_rows_job
from minikeras.kernels.memory import aligned
from minikeras.kernels.pooling_jobs import average_pool_gradient_jobs, average_pool_jobs
from minikeras.kernels.reduction_jobs import all_jobs, any_jobs, maximum_jobs, minimum_jobs, sum_jobs
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.ops.reduction import All, Any, Max, Mean, Min, count_of
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.patterns.elementwise import is_over_images

FLOATS, BOOLEANS = np.dtype(np.float32), np.dtype(np.bool_)


@lowers((Compute, Sum))
def total(instruction, buffers):
    """The sum of all elements, as for a regularizer's loss, or over some axes."""
    (x,), (y,) = instruction.reads, instruction.writes
    if rows_reduced(instruction.op, buffers[x].shape) != 1 or not all_float32(buffers, (x, y)):
        return reduced(instruction, buffers, sum_jobs)
    return Lowering(lambda arrays: total_jobs(arrays[x].reshape(-1), arrays[y].reshape(1)), (x,), (y,))


@lowers((Gradient, Sum))
def total_gradient(instruction, buffers):
    """dy at every position."""
    return spread(instruction, buffers, 1.0)


@lowers((Compute, Mean))
def mean(instruction, buffers):
    """The mean of all elements, of each row, or over images."""
    (x,), (y,) = instruction.reads, instruction.writes
    if is_over_images(instruction.op, buffers[x].shape):
        return global_average(instruction, buffers)
    last = len(buffers[x].shape) - 1
    if last > 0 and instruction.op.axis in (-1, last) and all_float32(buffers, (x, y)):
        return Lowering(lambda arrays: [mean_of_rows_job(as_matrix(arrays[x]), arrays[y].reshape(-1))], (x,), (y,))
    if buffers[y].shape != () or not all_float32(buffers, (x, y)):
        return reduced(instruction, buffers, sum_jobs, divides=True)

    def jobs(arrays):
        return [mean_job(arrays[x].reshape(-1), arrays[y].reshape(1))]

    return Lowering(jobs, (x,), (y,))


@lowers((Gradient, Mean))
def mean_gradient(instruction, buffers):
    """dy / n at every position of the image or row."""
    (dy,), (dx,) = instruction.dys, instruction.writes
    if not is_over_images(instruction.op, buffers[dx].shape):
        return spread(instruction, buffers, float(max(1, count_of(buffers[dx].shape, instruction.op.axis))))
    if not all_float32(buffers, (dy, dx)):
        return None

    def jobs(arrays):
        dx_as_image, dy_as_image, *geometry = _as_images(arrays[dx], arrays[dy])
        return average_pool_gradient_jobs(dy_as_image, dx_as_image, *geometry)

    return Lowering(jobs, (dy,), (dx,))


@lowers((Compute, Max))
def global_max(instruction, buffers):
    """The maximum over a whole image."""
    (x,), (y,) = instruction.reads, instruction.writes
    if not _is_max_of_images(instruction.op, buffers, x) or not all_float32(buffers, (x, y)):
        return reduced(instruction, buffers, maximum_jobs)

    def jobs(arrays):
        return global_max_jobs(_pixels(arrays[x]), arrays[y].reshape(-1, buffers[x].shape[-1]))

    return Lowering(jobs, (x,), (y,))


@lowers((Gradient, Max))
def global_max_gradient(instruction, buffers):
    """dy at the maxima."""
    (x,), (y,), (dy,), (dx,) = instruction.inputs, instruction.outputs, instruction.dys, instruction.writes
    if not _is_max_of_images(instruction.op, buffers, x) or not all_float32(buffers, (x, y, dy, dx)):
        return None

    def jobs(arrays):
        vectors = [arrays[i].reshape(-1, buffers[x].shape[-1]) for i in (dy, y)]
        return global_max_gradient_jobs(vectors[0], _pixels(arrays[x]), vectors[1], _pixels(arrays[dx]))

    return Lowering(jobs, (x, y, dy), (dx,))


def _is_max_of_images(op, buffers, x):
    return op.initial is None and is_over_images(op, buffers[x].shape)


def _pixels(array):
    """An image's pixels flattened to one axis."""
    return array.reshape(len(array), -1, array.shape[-1])


@lowers((Compute, Min))
def minimum(instruction, buffers):
    """The minimum over some axes."""
    return reduced(instruction, buffers, minimum_jobs)


@lowers((Compute, Any))
def any_true(instruction, buffers):
    """Whether any element is true."""
    return reduced(instruction, buffers, any_jobs, BOOLEANS)


@lowers((Compute, All))
def all_true(instruction, buffers):
    """Whether all elements are true."""
    return reduced(instruction, buffers, all_jobs, BOOLEANS)


def reduced(compute, buffers, make_jobs, dtype=FLOATS, divides=False):
    """The `Lowering` of a reduction over some axes, or over all of them.

    Args:
        compute: the instruction.
        buffers: those of the plan.
        make_jobs: function (x, y) of arrays (outer, reduced, inner) and (outer, inner).
        dtype: of x and y.
        divides: whether y is divided by the number of elements.
    """
    (x,), (y,), op = compute.reads, compute.writes, compute.op
    if buffers[x].dtype != dtype or buffers[y].dtype != dtype or 0 in buffers[x].shape:
        return None
    if getattr(op, "initial", None) is not None:
        return None
    order, shape = _together(buffers[x].shape, normalize_axes(op.axis, len(buffers[x].shape)))

    def jobs(arrays):
        made, source = [], arrays[x].transpose(order)
        if order != sorted(order):
            copy = aligned(source.shape, dtype)
            made, source = copy_jobs(source, copy), copy
        result = arrays[y].reshape(shape[0], shape[2])
        made = [*made, *make_jobs(_as_numbers(source.reshape(shape)), _as_numbers(result))]
        if divides:
            made += divide_by_jobs(result.reshape(-1), float(shape[1]), result.reshape(-1))
        return made

    return Lowering(jobs, (x,), (y,))


def spread(instruction, buffers, divisor):
    """The gradient of a reduction over the last axes: dy / divisor at every position reduced to one element."""
    (dy,), (dx,) = instruction.dys, instruction.writes
    rows = rows_reduced(instruction.op, buffers[dx].shape)
    if rows is None or not all_float32(buffers, (dy, dx)):
        return None

    def jobs(arrays):
        values, y = arrays[dy].reshape(-1), arrays[dx]
        return (
            fill_jobs(values, y.reshape(-1), divisor)
            if rows == 1
            else fill_rows_jobs(values, y.reshape(rows, -1), divisor)
        )

    return Lowering(jobs, (dy,), (dx,))


def rows_reduced(op, shape):
    """The number of elements after a reduction over all or the last axes; None for other axes."""
    axes = sorted(normalize_axes(op.axis, len(shape)))
    return math.prod(shape[: axes[0]]) if axes and axes == list(range(axes[0], len(shape))) else None


def global_average(instruction, buffers):
    """The mean over a whole image: a pool with one window."""
    (x,), (y,) = instruction.reads, instruction.writes
    if not all_float32(buffers, (x, y)):
        return None

    def jobs(arrays):
        return average_pool_jobs(*_as_images(arrays[x], arrays[y]))

    return Lowering(jobs, (x,), (y,))


def _as_images(image, result):
    """Both arrays with four axes, and the geometry of the pool that reduces each image and channel to one element."""
    batch, *sizes, channels = image.shape
    height, width = sizes if len(sizes) == 2 else (1, math.prod(sizes))
    image, result = image.reshape(batch, height, width, channels), result.reshape(batch, 1, 1, channels)
    return image, result, (height, width), (1, 1), ((0, 0), (0, 0))


def _together(shape, axes):
    """(an order of axes in which the reduced ones are adjacent, (outer, reduced, inner))"""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    if not axes or list(axes) == list(range(axes[0], axes[-1] + 1)):
        first = axes[0] if axes else len(shape)
        order = [*range(len(shape))]
        inner = math.prod(shape[first + len(axes) :])
    else:
        first, order, inner = len(kept), [*kept, *axes], 1
    outer = math.prod(shape[axis] for axis in order[:first])
    return order, (outer, math.prod(shape[axis] for axis in axes), inner)


def _as_numbers(array):
    return array.view(np.uint8) if array.dtype == np.bool_ else array
