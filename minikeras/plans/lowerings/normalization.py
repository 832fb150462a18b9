"""Batch and layer normalization as jobs."""

import numpy as np

from minikeras.kernels.batch_normalization_jobs import (
    batch_normalization_gradient_jobs,
    batch_normalization_inference_jobs,
    batch_normalization_jobs,
)
from minikeras.kernels.layer_normalization_jobs import layer_normalization_gradient_jobs, layer_normalization_jobs
from minikeras.kernels.memory import aligned
from minikeras.ops.normalization import Standardize, StandardizeRows, all_but_last
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.lowerings.channels import other_channels, other_channels_gradient
from minikeras.plans.lowerings.groups import group_normalization, group_normalization_gradient


@lowers((Compute, Standardize))
def batch_normalization(compute, buffers):
    """Mean, variance and the normalized x."""
    (x, scale, offset), (y, mean, variance) = compute.reads, compute.writes
    if not _is_of_channels(compute.op, buffers, x, scale, offset):
        return group_normalization(compute, buffers) or other_channels(compute, buffers)
    if not all_float32(buffers, (x, scale, offset, y)):
        return None

    def jobs(arrays):
        vectors = [arrays[i].reshape(-1) for i in (mean, variance, scale, offset)]
        return batch_normalization_jobs(as_matrix(arrays[x]), *vectors, compute.op.epsilon, as_matrix(arrays[y]))

    return Lowering(jobs, (x, scale, offset), (y, mean, variance))


@lowers("batch normalization in inference", "batch normalization in inference + relu")
def batch_normalization_in_inference(fused, buffers):
    """x normalized by given statistics, with relu if fused."""
    roles, settings = fused.roles, fused.settings
    if not all_float32(buffers, roles.values()):
        return None

    def jobs(arrays):
        read = {role: arrays[i] for role, i in roles.items()}
        vectors = [read.get(role) for role in ("mean", "variance", "gamma", "beta")]
        x, y = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["y"]])
        return batch_normalization_inference_jobs(x, *vectors, settings["epsilon"], y, settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


@lowers((Gradient, Standardize))
def batch_normalization_gradient(gradient, buffers):
    """dx, dscale and doffset."""
    (x, scale, offset), (_, mean, variance) = gradient.inputs, gradient.outputs
    (dy, dmean, dvariance), (dx, dscale, doffset) = gradient.dys, gradient.writes
    usual = dy is not None and dmean is None and dvariance is None
    if not usual or not _is_of_channels(gradient.op, buffers, x, scale, offset):
        return group_normalization_gradient(gradient, buffers) or other_channels_gradient(gradient, buffers)
    if not all_float32(buffers, (x, scale, dy, dx)):
        return None
    channels = buffers[x].shape[-1]

    def jobs(arrays):
        sums = [aligned((channels,)) if i is None else arrays[i].reshape(-1) for i in (dscale, doffset)]
        vectors = [arrays[i].reshape(-1) for i in (mean, variance, scale)]
        matrices = as_matrix(arrays[dy]), as_matrix(arrays[x])
        result = None if dx is None else as_matrix(arrays[dx])
        return batch_normalization_gradient_jobs(*matrices, *vectors, gradient.op.epsilon, result, *sums)

    return Lowering(jobs, (x, scale, mean, variance, dy), (dx, dscale, doffset))


def _is_of_channels(op, buffers, x, scale, offset):
    """Whether the statistics are those of the channels, the last axis."""
    shape = buffers[x].shape
    zeros = np.broadcast_to(np.float32(0), shape)
    return all_but_last(op.axes, zeros) and buffers[scale].shape == buffers[offset].shape == shape[-1:]


@lowers((Compute, StandardizeRows))
def layer_normalization(instruction, buffers):
    """Each row normalized by its mean and variance."""
    (x, scale, offset), (y, mean, inverse) = instruction.reads, instruction.writes
    if not _is_of_features(buffers, x, scale, offset) or not all_float32(buffers, (y, mean, inverse)):
        return None

    def jobs(arrays):
        statistics = [arrays[i].reshape(-1) for i in (mean, inverse)]
        matrices = as_matrix(arrays[x]), as_matrix(arrays[y])
        return layer_normalization_jobs(
            matrices[0], arrays[scale], arrays[offset], instruction.op.epsilon, matrices[1], *statistics
        )

    return Lowering(jobs, (x, scale, offset), (y, mean, inverse))


@lowers((Gradient, StandardizeRows))
def layer_normalization_gradient(instruction, buffers):
    """dx, dscale and doffset."""
    (x, scale, _), (_, mean, inverse) = instruction.inputs, instruction.outputs
    (dy, *others), (dx, dscale, doffset) = instruction.dys, instruction.writes
    if dy is None or any(other is not None for other in others) or None in (x, scale):
        return None
    if not all_float32(buffers, (x, scale, mean, inverse, dy, dx, dscale, doffset)):
        return None
    shape = buffers[x].shape

    def jobs(arrays):
        statistics = [arrays[i].reshape(-1) for i in (mean, inverse)]
        result = aligned(shape) if dx is None else arrays[dx]
        sums = [aligned(shape[-1:]) if i is None else arrays[i] for i in (dscale, doffset)]
        matrices = as_matrix(arrays[dy]), as_matrix(arrays[x])
        return layer_normalization_gradient_jobs(*matrices, *statistics, arrays[scale], as_matrix(result), *sums)

    return Lowering(jobs, (x, scale, mean, inverse, dy), (dx, dscale, doffset))


def _is_of_features(buffers, x, scale, offset):
    shape = buffers[x].shape
    return buffers[scale].shape == buffers[offset].shape == shape[-1:] and all_float32(buffers, (x, scale, offset))
