"""Batch normalization of an axis other than the last as jobs: transposed to channels last, and back."""

import math

import numpy as np

from minikeras.kernels.batch_normalization_jobs import batch_normalization_gradient_jobs, batch_normalization_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.transposition import transposition_jobs
from minikeras.plans.lower import Lowering, all_float32


def other_channels(compute, buffers):
    """Mean and variance of each channel, and the normalized x."""
    (x, scale, offset), (y, mean, variance) = compute.reads, compute.writes
    stack = _stack(compute.op, buffers, x, scale, offset)
    if stack is None or not all_float32(buffers, (x, scale, offset, y, mean, variance)):
        return None

    def jobs(arrays):
        vectors = [arrays[i].reshape(-1) for i in (mean, variance, scale, offset)]
        made, (x_rows,) = _channels_last([arrays[x]], stack)
        y_rows = aligned(x_rows.shape)
        made += batch_normalization_jobs(x_rows, *vectors, compute.op.epsilon, y_rows)
        return [*made, *_channels_back(y_rows, arrays[y], stack)]

    return Lowering(jobs, (x, scale, offset), (y, mean, variance))


def other_channels_gradient(gradient, buffers):
    """dx, dscale and doffset."""
    (x, scale, offset), (_, mean, variance) = gradient.inputs, gradient.outputs
    (dy, dmean, dvariance), (dx, dscale, doffset) = gradient.dys, gradient.writes
    if dy is None or dmean is not None or dvariance is not None or None in (x, scale, offset):
        return None
    stack = _stack(gradient.op, buffers, x, scale, offset)
    if stack is None or not all_float32(buffers, (x, scale, mean, variance, dy, dx, dscale, doffset)):
        return None

    def jobs(arrays):
        vectors = [arrays[i].reshape(-1) for i in (mean, variance, scale)]
        sums = [aligned((stack[1],)) if i is None else arrays[i].reshape(-1) for i in (dscale, doffset)]
        made, rows = _channels_last([arrays[dy], arrays[x]], stack)
        result = None if dx is None else aligned(rows[0].shape)
        made += batch_normalization_gradient_jobs(*rows, *vectors, gradient.op.epsilon, result, *sums)
        return made if dx is None else [*made, *_channels_back(result, arrays[dx], stack)]

    return Lowering(jobs, (x, scale, mean, variance, dy), (dx, dscale, doffset))


def _stack(op, buffers, x, scale, offset):
    """(outer, channels, inner) if the statistics are those of one axis; else None."""
    shape = buffers[x].shape
    kept = [axis for axis in range(len(shape)) if axis not in op.axes]
    if len(kept) != 1:
        return None
    (axis,) = kept
    if buffers[scale].shape != buffers[offset].shape or np.prod(buffers[scale].shape) != shape[axis]:
        return None
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])


def _channels_last(arrays, stack):
    """(jobs, matrices (positions, channels))"""
    outer, channels, inner = stack
    rows = [aligned((outer, inner, channels)) for _ in arrays]
    made = [job for x, y in zip(arrays, rows, strict=True) for job in transposition_jobs(x.reshape(stack), y)]
    return made, [y.reshape(-1, channels) for y in rows]


def _channels_back(rows, result, stack):
    """The jobs that transpose a matrix's rows back."""
    outer, channels, inner = stack
    return transposition_jobs(rows.reshape(outer, inner, channels), result.reshape(stack))
