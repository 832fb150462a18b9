"""Pooling as jobs."""

import math

import numpy as np

from minikeras.kernels.along_axis_jobs import put_at_all_maxima_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.pooling_jobs import (
    average_pool_gradient_jobs,
    average_pool_jobs,
    max_pool_gradient_jobs,
    max_pool_jobs,
)
from minikeras.ops.pooling import AveragePool, MaxPool, MaxPool3D
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers


@lowers((Compute, MaxPool), "max-pool without positions")
def max_pool(instruction, buffers):
    """Maxima and their positions."""
    (x,), (y, *argmax) = instruction.reads, instruction.writes
    if (
        len(buffers[x].shape) > 4
        or not all_float32(buffers, (x, y))
        or any(buffers[i].dtype != np.int32 for i in argmax)
    ):
        return None
    op = instruction.settings["op"] if isinstance(instruction, Fused) else instruction.op
    geometry = in_two_axes(op.geometry(buffers[x].shape[1:-1]))

    def jobs(arrays):
        positions = as_image(arrays[argmax[0]]) if argmax else None
        return max_pool_jobs(as_image(arrays[x]), as_image(arrays[y]), positions, *geometry)

    return Lowering(jobs, (x,), (y, *argmax))


@lowers((Gradient, MaxPool))
def max_pool_gradient(instruction, buffers):
    """dy at the positions of the maxima."""
    (_, argmax), (dy, _), (dx,) = instruction.outputs, instruction.dys, instruction.writes
    if (
        dy is None
        or len(buffers[dx].shape) > 4
        or buffers[argmax].dtype != np.int32
        or not all_float32(buffers, (dy, dx))
    ):
        return None
    geometry = in_two_axes(instruction.op.geometry(buffers[dx].shape[1:-1]))

    def jobs(arrays):
        return max_pool_gradient_jobs(*[as_image(arrays[i]) for i in (dy, argmax, dx)], *geometry)

    return Lowering(jobs, (argmax, dy), (dx,))


@lowers("gradient of max-pool and relu", "gradient of max-pool, relu and bias")
def max_pool_relu_gradient(fused, buffers):
    """relu's mask and the sum over the batch at the positions of the maxima only."""
    roles = fused.roles
    dy, y, argmax, dx, dbias = (roles.get(role) for role in ("dy", "y", "argmax", "dx", "dbias"))
    if len(buffers[dx].shape) > 4 or buffers[argmax].dtype != np.int32 or not all_float32(buffers, (dy, y, dx, dbias)):
        return None
    geometry = in_two_axes(fused.settings["op"].geometry(buffers[dx].shape[1:-1]))

    def jobs(arrays):
        sums, maxima = None if dbias is None else arrays[dbias], as_image(arrays[y])
        images = [as_image(arrays[i]) for i in (dy, argmax, dx)]
        return max_pool_gradient_jobs(*images, *geometry, positive=maxima, dbias=sums)

    return Lowering(jobs, (dy, y, argmax), (dx, dbias))


@lowers((Compute, AveragePool))
def average_pool(instruction, buffers):
    """Means of windows."""
    (x,), (y,) = instruction.reads, instruction.writes
    if not all_float32(buffers, (x, y)):
        return None
    geometry = instruction.op.geometry(buffers[x].shape[1:-1])

    def jobs(arrays):
        return by_planes(average_pool_jobs, arrays[x], arrays[y], geometry)

    return Lowering(jobs, (x,), (y,))


@lowers((Gradient, AveragePool))
def average_pool_gradient(instruction, buffers):
    """dy distributed evenly over each window."""
    (dy,), (dx,) = instruction.dys, instruction.writes
    if not all_float32(buffers, (dy, dx)):
        return None
    geometry = instruction.op.geometry(buffers[dx].shape[1:-1])

    def jobs(arrays):
        return by_planes(_spread_over_windows, arrays[dx], arrays[dy], geometry, backward=True)

    return Lowering(jobs, (dy,), (dx,))


def _spread_over_windows(dx, dy, *geometry):
    return average_pool_gradient_jobs(dy, dx, *geometry)


@lowers((Compute, MaxPool3D))
def max_pool_3d(instruction, buffers):
    """Maxima of boxes."""
    (x,), (y,) = instruction.reads, instruction.writes
    if not all_float32(buffers, (x, y)):
        return None
    geometry = instruction.op.geometry(buffers[x].shape[1:-1])

    def maxima(x, y, *geometry):
        return max_pool_jobs(x, y, None, *geometry)

    return Lowering(lambda arrays: by_planes(maxima, arrays[x], arrays[y], geometry), (x,), (y,))


@lowers((Gradient, MaxPool3D))
def max_pool_3d_gradient(instruction, buffers):
    """dy at every maximum."""
    (x,), (y,), (dy,), (dx,) = instruction.inputs, instruction.outputs, instruction.dys, instruction.writes
    if not all_float32(buffers, (x, y, dy, dx)):
        return None
    window, strides, pads = instruction.op.geometry(buffers[x].shape[1:-1])
    geometry = np.array([window, strides, [before for before, _ in pads]], np.int64)
    return Lowering(
        lambda arrays: put_at_all_maxima_jobs(*[arrays[i] for i in (dy, x, y)], geometry, arrays[dx]), (x, y, dy), (dx,)
    )


def as_image(array):
    """An array (batch, length, channels) as images of one row."""
    return array[:, None] if array.ndim == 3 else array


def in_two_axes(geometry):
    """(window, strides, pads) of such images."""
    window, strides, pads = geometry
    return ((1, *window), (1, *strides), ((0, 0), *pads)) if len(window) == 1 else geometry


def by_planes(make_jobs, x, y, geometry, backward=False):
    """The jobs that pool x to y, and for boxes each plane first, then along the first axis.

    Args:
        make_jobs: function (x, y, window, strides, pads) of images.
        x, y: the image and the windows' results, or their gradients.
        geometry: window, strides and pads.
        backward: whether y is given and x computed.
    """
    if x.ndim < 5:
        return make_jobs(as_image(x), as_image(y), *in_two_axes(geometry))
    (batch, depth, *sizes, channels), (_, out_depth, *out_sizes, _) = x.shape, y.shape
    of_planes, of_depth = [tuple(part[1:]) for part in geometry], [(part[0],) for part in geometry]
    middle = aligned((batch, depth, *out_sizes, channels))
    planes = make_jobs(x.reshape(-1, *sizes, channels), middle.reshape(-1, *out_sizes, channels), *of_planes)
    window, strides, pads = of_depth
    columns = (*window, 1), (*strides, 1), (*pads, (0, 0))
    width = math.prod(out_sizes)
    along = make_jobs(
        middle.reshape(batch, depth, width, channels), y.reshape(batch, out_depth, width, channels), *columns
    )
    return [*along, *planes] if backward else [*planes, *along]
