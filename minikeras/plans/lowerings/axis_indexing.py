"""Reading and writing at positions along an axis as jobs, with a check that all positions exist."""

import math

import numpy as np

from minikeras.kernels.along_axis_jobs import argmax_of_windows_jobs, put_along_jobs, take_along_jobs
from minikeras.kernels.embedding_jobs import row_indices_job
from minikeras.kernels.memory import aligned
from minikeras.ops.adaptive_pooling import ArgmaxOfWindows, window_bounds
from minikeras.ops.indexing import TakeAlongAxis
from minikeras.plans.checks import RangeCheck
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers
from minikeras.plans.lowerings.embedding import are_row_indices


@lowers((Compute, ArgmaxOfWindows))
def argmax_of_windows(compute, buffers):
    """The position of each window's maximum."""
    (x,), (positions,), op = compute.reads, compute.writes, compute.op
    if not all_float32(buffers, (x,)) or buffers[positions].dtype != np.int64:
        return None
    shape = buffers[x].shape
    bounds = np.array(window_bounds(shape[op.axis], op.outputs), np.int64)

    def jobs(arrays):
        return argmax_of_windows_jobs(_middle(arrays[x], op.axis), bounds, _middle(arrays[positions], op.axis))

    return Lowering(jobs, (x,), (positions,))


@lowers((Compute, TakeAlongAxis))
def take_along(compute, buffers):
    """y = x at positions along an axis, one for each element of y."""
    (x, positions), (y,), op = compute.reads, compute.writes, compute.op
    if not _fits(buffers, op, x, positions, y):
        return None
    axis, wrong = op.axis % len(buffers[x].shape), np.zeros(1, np.int64)
    count = buffers[x].shape[axis]

    def jobs(arrays):
        made, valid = _valid(arrays[positions], count, wrong)
        return [*made, *take_along_jobs(_middle(arrays[x], axis), _middle(valid, axis), _middle(arrays[y], axis))]

    def check(arrays):
        return RangeCheck(wrong, positions, -count, count, lambda: op.forward(arrays[x], arrays[positions]))

    return Lowering(jobs, (x, positions), (y,), check=check)


@lowers((Gradient, TakeAlongAxis))
def take_along_gradient(gradient, buffers):
    """dx = the sums of dy at the positions."""
    (_, positions), (dy,), (dx, _), op = gradient.inputs, gradient.dys, gradient.writes, gradient.op
    if dx is None or not _fits(buffers, op, dx, positions, dy):
        return None
    axis = op.axis % len(buffers[dx].shape)

    def jobs(arrays):
        made, valid = _valid(arrays[positions], buffers[dx].shape[axis], np.zeros(1, np.int64))
        return [*made, *put_along_jobs(_middle(arrays[dy], axis), _middle(valid, axis), _middle(arrays[dx], axis))]

    return Lowering(jobs, (positions, dy), (dx,))


def _fits(buffers, op, x, positions, y):
    """Whether the positions have the shape of y, which is that of x except along the axis."""
    shape, small = buffers[x].shape, buffers[y].shape
    if op.axis is None or not all_float32(buffers, (x, y)) or not are_row_indices(buffers, positions):
        return False
    axis = op.axis % len(shape)
    return buffers[positions].shape == small == (*shape[:axis], small[axis], *shape[axis + 1 :])


def _valid(positions, count, wrong):
    """(jobs, the positions as int64 from 0 on); `wrong` counts those outside of the axis."""
    valid = aligned(positions.shape, np.int64)
    return [row_indices_job(positions.reshape(-1), -count, count, valid.reshape(-1), wrong)], valid


def _middle(array, axis):
    """An array as (outer, n, inner)."""
    return array.reshape(math.prod(array.shape[:axis]), array.shape[axis], -1)
