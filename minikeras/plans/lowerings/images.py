"""Pooling and batch normalization as jobs."""

import numpy as np

from minikeras.kernels.batch_normalization_jobs import (
    batch_normalization_gradient_jobs,
    batch_normalization_inference_jobs,
    batch_normalization_jobs,
)
from minikeras.kernels.elementwise_jobs import move_towards_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.pooling_jobs import (
    average_pool_gradient_jobs,
    average_pool_jobs,
    max_pool_gradient_jobs,
    max_pool_jobs,
)
from minikeras.layers.normalization.batch_normalization import follow
from minikeras.ops import reduction
from minikeras.ops.normalization import Standardize, all_but_last
from minikeras.ops.pooling import AveragePool, MaxPool
from minikeras.plans.bindings import binding_of
from minikeras.plans.instructions import Compute, Gradient, TensorAt
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.patterns.passes import is_mean_over_images

# --- pooling ---------------------------------------------------------------------------------------------------------


@lowers((Compute, MaxPool))
def max_pool(instruction, slots):
    """Maxima and where they lie."""
    (x,), (y, argmax) = instruction.reads, instruction.writes
    if len(slots[x].shape) != 4 or slots[argmax].dtype != np.int32 or not all_float32(slots, (x, y)):
        return None
    geometry = instruction.op.geometry(slots[x].shape[1:-1])

    def jobs(arrays):
        return max_pool_jobs(arrays[x], arrays[y], arrays[argmax], *geometry)

    return Lowering(jobs, (x,), (y, argmax))


@lowers((Gradient, MaxPool))
def max_pool_gradient(instruction, slots):
    """dy at the places of the maxima."""
    (_, argmax), (dy, _), (dx,) = instruction.outputs, instruction.dys, instruction.writes
    if dy is None or len(slots[dx].shape) != 4 or slots[argmax].dtype != np.int32 or not all_float32(slots, (dy, dx)):
        return None
    geometry = instruction.op.geometry(slots[dx].shape[1:-1])

    def jobs(arrays):
        return max_pool_gradient_jobs(arrays[dy], arrays[argmax], arrays[dx], *geometry)

    return Lowering(jobs, (argmax, dy), (dx,))


@lowers("gradient of max-pool and relu", "gradient of max-pool, relu and bias")
def max_pool_relu_gradient(fused, slots):
    """relu's mask and the sum over the batch at the places of the maxima only."""
    roles = fused.roles
    dy, y, argmax, dx, dbias = (roles.get(role) for role in ("dy", "y", "argmax", "dx", "dbias"))
    if len(slots[dx].shape) != 4 or slots[argmax].dtype != np.int32 or not all_float32(slots, (dy, y, dx, dbias)):
        return None
    geometry = fused.settings["op"].geometry(slots[dx].shape[1:-1])

    def jobs(arrays):
        sums = None if dbias is None else arrays[dbias]
        return max_pool_gradient_jobs(*[arrays[i] for i in (dy, argmax, dx)], *geometry, positive=arrays[y], dbias=sums)

    return Lowering(jobs, (dy, y, argmax), (dx, dbias))


@lowers((Compute, AveragePool))
def average_pool(instruction, slots):
    """Means of windows."""
    (x,), (y,) = instruction.reads, instruction.writes
    if len(slots[x].shape) != 4 or not all_float32(slots, (x, y)):
        return None
    geometry = instruction.op.geometry(slots[x].shape[1:-1])

    def jobs(arrays):
        return average_pool_jobs(arrays[x], arrays[y], *geometry)

    return Lowering(jobs, (x,), (y,))


@lowers((Gradient, AveragePool))
def average_pool_gradient(instruction, slots):
    """dy shared out evenly."""
    (dy,), (dx,) = instruction.dys, instruction.writes
    if len(slots[dx].shape) != 4 or not all_float32(slots, (dy, dx)):
        return None
    geometry = instruction.op.geometry(slots[dx].shape[1:-1])

    def jobs(arrays):
        return average_pool_gradient_jobs(arrays[dy], arrays[dx], *geometry)

    return Lowering(jobs, (dy,), (dx,))


def global_average(instruction, slots):
    """The mean over a whole image: a pool with one window."""
    (x,), (y,) = instruction.reads, instruction.writes
    if not all_float32(slots, (x, y)):
        return None
    batch, height, width, channels = slots[x].shape

    def jobs(arrays):
        y_as_image = arrays[y].reshape(batch, 1, 1, channels)
        return average_pool_jobs(arrays[x], y_as_image, (height, width), (1, 1), ((0, 0), (0, 0)))

    return Lowering(jobs, (x,), (y,))


@lowers((Gradient, reduction.Mean))
def mean_gradient(instruction, slots):
    """dy / n at every place of the image."""
    (dy,), (dx,) = instruction.dys, instruction.writes
    if not is_mean_over_images(instruction.op, slots[dx].shape) or not all_float32(slots, (dy, dx)):
        return None
    batch, height, width, channels = slots[dx].shape

    def jobs(arrays):
        dy_as_image = arrays[dy].reshape(batch, 1, 1, channels)
        return average_pool_gradient_jobs(dy_as_image, arrays[dx], (height, width), (1, 1), ((0, 0), (0, 0)))

    return Lowering(jobs, (dy,), (dx,))


# --- batch normalization ----------------------------------------------------------------------------------------------


@lowers(
    (Compute, Standardize),
    "batch normalization + relu",
    "batch normalization + sum",
    "batch normalization + sum + relu",
)
def batch_normalization(instruction, slots):
    """Mean, variance and what they make of x, with what is added to it and relu."""
    fused = not isinstance(instruction, Compute)
    compute = instruction.parts[0] if fused else instruction
    (x, scale, offset), (y, mean, variance) = compute.reads, compute.writes
    y, other, relu = y, None, False
    if fused:
        y, other, relu = instruction.roles["y"], instruction.roles.get("other"), instruction.settings["relu"]
    if not _is_of_channels(compute.op, slots, x, scale, offset) or not all_float32(slots, (x, scale, offset, y, other)):
        return None

    def jobs(arrays):
        vectors = [arrays[i].reshape(-1) for i in (mean, variance, scale, offset)]
        matrices = as_matrix(arrays[x]), as_matrix(arrays[y])
        summand = None if other is None else as_matrix(arrays[other])
        return batch_normalization_jobs(matrices[0], *vectors, compute.op.epsilon, matrices[1], relu, summand)

    return Lowering(jobs, (x, scale, offset, other), (y, mean, variance))


@lowers("batch normalization in inference", "batch normalization in inference + relu")
def batch_normalization_in_inference(fused, slots):
    """What given statistics make of x, relu included."""
    roles, settings = fused.roles, fused.settings
    if not all_float32(slots, roles.values()):
        return None

    def jobs(arrays):
        vectors = [arrays[roles[role]] for role in ("mean", "variance", "gamma", "beta")]
        x, y = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["y"]])
        return batch_normalization_inference_jobs(x, *vectors, settings["epsilon"], y, settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


@lowers((Gradient, Standardize), "gradient of relu and batch normalization")
def batch_normalization_gradient(instruction, slots):
    """dx, dscale and doffset, through the relu behind if there is one."""
    fused = not isinstance(instruction, Gradient)
    gradient = instruction.parts[-1] if fused else instruction
    (x, scale, offset), (_, mean, variance) = gradient.inputs, gradient.outputs
    (dy, dmean, dvariance), (dx, dscale, doffset) = gradient.dys, gradient.writes
    dy, relu_y = (instruction.roles["dy"], instruction.roles["relu_y"]) if fused else (dy, None)
    usual = dy is not None and dmean is None and dvariance is None
    if not usual or not _is_of_channels(gradient.op, slots, x, scale, offset):
        return None
    if not all_float32(slots, (x, scale, dy, dx, relu_y)):
        return None
    channels = slots[x].shape[-1]

    def jobs(arrays):
        sums = [aligned((channels,)) if i is None else arrays[i].reshape(-1) for i in (dscale, doffset)]
        vectors = [arrays[i].reshape(-1) for i in (mean, variance, scale)]
        masks = None if relu_y is None else as_matrix(arrays[relu_y])
        matrices = as_matrix(arrays[dy]), as_matrix(arrays[x])
        result = None if dx is None else as_matrix(arrays[dx])
        return batch_normalization_gradient_jobs(*matrices, *vectors, gradient.op.epsilon, result, *sums, relu_y=masks)

    return Lowering(jobs, (x, scale, mean, variance, dy, relu_y), (dx, dscale, doffset))


def _is_of_channels(op, slots, x, scale, offset):
    """Whether the statistics are those of the channels, the last axis."""
    shape = slots[x].shape
    zeros = np.broadcast_to(np.float32(0), shape)
    return all_but_last(op.axes, zeros) and slots[scale].shape == slots[offset].shape == shape[-1:]


@lowers(follow)
def moving_statistics(effect, slots):
    """Moving statistics towards those of the batch."""
    moving, statistic, momentum = effect.args
    if not isinstance(statistic, TensorAt) or not all_float32(slots, (statistic.slot,)):
        return None
    if moving.array.dtype != np.float32 or moving.shape != slots[statistic.slot].shape:
        return None

    def jobs(arrays):
        return move_towards_jobs(binding_of(moving).tensor.array, arrays[statistic.slot], momentum)

    return Lowering(jobs, (statistic.slot,), (), written=(moving,))
