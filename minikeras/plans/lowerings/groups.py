"""Group normalization as jobs: `Standardize` over all axes except the batch's and one other."""

import math

from minikeras.kernels.group_normalization import group_normalization_gradient_jobs, group_normalization_jobs
from minikeras.kernels.memory import aligned
from minikeras.plans.lower import Lowering, all_float32


def group_normalization(compute, buffers):
    """Mean and variance of each group of each sample, and the normalized x."""
    (x, scale, offset), (y, mean, variance) = compute.reads, compute.writes
    shapes = _shapes(compute.op, buffers, x, scale, offset)
    if shapes is None or not all_float32(buffers, (x, scale, offset, y, mean, variance)):
        return None
    of_x, of_scale = shapes

    def jobs(arrays):
        vectors = [arrays[i].reshape(of_scale) for i in (scale, offset)]
        statistics = [arrays[i].reshape(-1) for i in (mean, variance)]
        images = arrays[x].reshape(of_x), arrays[y].reshape(of_x)
        return group_normalization_jobs(images[0], *vectors, compute.op.epsilon, images[1], *statistics)

    return Lowering(jobs, (x, scale, offset), (y, mean, variance))


def group_normalization_gradient(gradient, buffers):
    """dx, dscale and doffset."""
    (x, scale, offset), (_, mean, variance) = gradient.inputs, gradient.outputs
    (dy, dmean, dvariance), (dx, dscale, doffset) = gradient.dys, gradient.writes
    if dy is None or dx is None or dmean is not None or dvariance is not None or None in (x, scale, offset):
        return None
    shapes = _shapes(gradient.op, buffers, x, scale, offset)
    if shapes is None or not all_float32(buffers, (x, scale, mean, variance, dy, dx, dscale, doffset)):
        return None
    of_x, of_scale = shapes

    def jobs(arrays):
        images = [arrays[i].reshape(of_x) for i in (dy, x, dx)]
        statistics = [arrays[i].reshape(-1) for i in (mean, variance)]
        sums = [aligned((math.prod(of_scale),)) if i is None else arrays[i].reshape(-1) for i in (dscale, doffset)]
        own_scale, epsilon = arrays[scale].reshape(of_scale), gradient.op.epsilon
        return group_normalization_gradient_jobs(*images[:2], own_scale, *statistics, epsilon, images[2], *sums)

    return Lowering(jobs, (x, scale, mean, variance, dy), (dx, dscale, doffset))


def _shapes(op, buffers, x, scale, offset):
    """((batch, outer, groups, inner), (groups, channels of a group)); None if x is not normalized by groups."""
    shape = buffers[x].shape
    kept = [axis for axis in range(len(shape)) if axis not in op.axes]
    if len(kept) != 2 or kept[0] != 0 or kept[1] == len(shape) - 1:
        return None
    axis = kept[1]
    expected = tuple(n if i in (axis, axis + 1) else 1 for i, n in enumerate(shape))
    if buffers[scale].shape != expected or buffers[offset].shape != expected:
        return None
    return (shape[0], math.prod(shape[1:axis]), shape[axis], math.prod(shape[axis + 1 :])), shape[axis : axis + 2]
