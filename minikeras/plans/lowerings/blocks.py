"""Padding, slicing, repetition and interpolation as jobs: the layers that pad, crop and up-sample."""

import math
from itertools import groupby

import numpy as np

from minikeras.autodiff.indexing import GetItem
from minikeras.kernels.block_jobs import (
    crop_jobs,
    pad_jobs,
    repeat_jobs,
    sum_of_repeats_jobs,
)
from minikeras.kernels.resampling import resample_gradient_jobs, resample_jobs
from minikeras.ops.padding import Pad
from minikeras.ops.resampling import Interpolation
from minikeras.ops.shaping import Repeat
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers
from minikeras.plans.lowerings.moving import item, put_item

MAX_CUT = 3  # groups of axes along which the kernels pad or cut


@lowers((Compute, Pad), (Gradient, Pad))
def pad(instruction, buffers):
    """A border of zeros; its gradient is the middle of dy."""
    small, large, is_gradient = _ends(instruction)
    if instruction.op.mode != "constant" or len(instruction.writes if is_gradient else instruction.reads) > 1:
        return None
    firsts = [before for before, _ in instruction.op.pairs(len(buffers[small].shape))]
    return _block(buffers, small, large, firsts, cuts=is_gradient)


@lowers((Compute, GetItem), (Gradient, GetItem))
def cut(instruction, buffers):
    """A block of x, for a key of slices without steps, or another view; its gradient is dy among zeros."""
    large, small, is_gradient = _ends(instruction)
    key = instruction.op.key if isinstance(instruction.op.key, tuple) else (instruction.op.key,)
    shape = buffers[large].shape
    if any(not isinstance(part, slice) or part.step not in (None, 1) for part in key) or len(key) > len(shape):
        return put_item(buffers, small, large, key) if is_gradient else item(buffers, large, small, key)
    whole = (*key, *[slice(None)] * (len(shape) - len(key)))
    firsts = [part.indices(length)[0] for part, length in zip(whole, shape, strict=True)]
    block = _block(buffers, small, large, firsts, cuts=not is_gradient)
    if block is not None:
        return block
    return put_item(buffers, small, large, key) if is_gradient else item(buffers, large, small, key)


@lowers((Compute, Repeat), (Gradient, Repeat))
def repeat(instruction, buffers):
    """Each element repeated along an axis; its gradient is the sum over the copies."""
    small, large, is_gradient = _ends(instruction)
    op, shape = instruction.op, buffers[small].shape
    if not isinstance(op.repeats, int) or op.axis is None or not all_float32(buffers, (small, large)):
        return None
    rows = math.prod(shape[: op.axis % len(shape) + 1])

    def jobs(arrays):
        one, many = arrays[small].reshape(rows, -1), arrays[large].reshape(rows, op.repeats, -1)
        return sum_of_repeats_jobs(many, one) if is_gradient else repeat_jobs(one, many)

    return Lowering(jobs, *_flow(small, large, is_gradient))


@lowers((Compute, Interpolation), (Gradient, Interpolation))
def interpolation(instruction, buffers):
    """Weighted sums along an axis."""
    x, y, is_gradient = _ends(instruction)
    op, shape = instruction.op, buffers[x].shape
    if not all_float32(buffers, (x, y)):
        return None
    blocks = math.prod(shape[: op.axis])
    indices, weights = np.ascontiguousarray(op.indices, np.int64), np.ascontiguousarray(op.weights, np.float32)

    def jobs(arrays):
        x_blocks = arrays[x].reshape(blocks, op.length, -1)
        y_blocks = arrays[y].reshape(blocks, op.outputs, -1)
        if is_gradient:
            return resample_gradient_jobs(y_blocks, indices, weights, x_blocks)
        return resample_jobs(x_blocks, indices, weights, y_blocks)

    return Lowering(jobs, *_flow(x, y, is_gradient))


def _ends(instruction):
    """(buffer of the op's input or its gradient, buffer of its output or its gradient, whether it is a gradient)"""
    if isinstance(instruction, Gradient):
        return instruction.writes[0], instruction.dys[0], True
    return instruction.reads[0], instruction.writes[0], False


def _flow(x, y, is_gradient):
    """(buffers read, buffers written)"""
    return ((y,), (x,)) if is_gradient else ((x,), (y,))


def _block(buffers, small, large, firsts, cuts):
    """The `Lowering` that slices the array `small` from `large`, or writes it there and zeros around it."""
    if None in (small, large) or not all_float32(buffers, (small, large)):
        return None
    groups = _groups(buffers[small].shape, buffers[large].shape, firsts)
    if groups is None:
        return None
    small_shape, large_shape, first = groups

    def jobs(arrays):
        inner, outer = arrays[small].reshape(small_shape), arrays[large].reshape(large_shape)
        return crop_jobs(outer, first, inner) if cuts else pad_jobs(inner, outer, first)

    return Lowering(jobs, *_flow(small, large, cuts))


def _groups(small, large, firsts):
    """Both shapes with four axes, of which only the last three differ, and the small one's offsets along these.

    Axes of equal length join the axis before them. None if more than three axes differ, or the first one does.
    """
    axes = []  # [length in the small array, in the large one, its offset]
    differs = [n != m for n, m in zip(small, large, strict=True)]
    for differ, run in groupby(range(len(small)), key=lambda axis: differs[axis]):
        run = list(run)
        if differ:
            axes += [[small[axis], large[axis], firsts[axis]] for axis in run]
            continue
        length = math.prod(small[axis] for axis in run)
        if axes:
            axes[-1] = [n * length for n in axes[-1]]
        else:
            axes.append([length, length, 0])
    if differs[0]:
        axes.insert(0, [1, 1, 0])
    if len(axes) > MAX_CUT + 1:
        return None
    axes[1:1] = [[1, 1, 0]] * (MAX_CUT + 1 - len(axes))
    small_shape, large_shape, first = zip(*axes, strict=True)
    return small_shape, large_shape, first[1:]
