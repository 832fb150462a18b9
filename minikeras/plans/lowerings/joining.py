"""Concatenated arrays as jobs: blocks of columns of one matrix."""

import math

import numpy as np

from minikeras.kernels.elementwise_jobs import put_columns_jobs, take_columns_jobs
from minikeras.ops.joining import Concatenate
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers


@lowers((Compute, Concatenate))
def concatenate(instruction, buffers):
    """Each input's columns of y."""
    (y,), parts = instruction.writes, instruction.reads
    if not all_float32(buffers, (*parts, y)):
        return None
    axis = instruction.op.axis % len(buffers[y].shape)
    outer = math.prod(buffers[y].shape[:axis])

    def jobs(arrays):
        y_rows = arrays[y].reshape(outer, -1)
        rows = [arrays[i].reshape(outer, -1) for i in parts]
        firsts = np.cumsum([0, *[part.shape[1] for part in rows]]).tolist()
        return [job for part, first in zip(rows, firsts, strict=False) for job in put_columns_jobs(part, y_rows, first)]

    return Lowering(jobs, parts, (y,))


@lowers((Gradient, Concatenate))
def concatenate_gradient(instruction, buffers):
    """Each input's columns of dy."""
    (dy,), dxs, call = instruction.dys, instruction.writes, instruction.call
    if not all_float32(buffers, (dy, *dxs)):
        return None
    axis = instruction.op.axis % len(buffers[dy].shape)
    outer = math.prod(buffers[dy].shape[:axis])
    widths = [math.prod(shape[axis:]) for shape in call.input_shapes]
    firsts = np.cumsum([0, *widths]).tolist()

    def jobs(arrays):
        dy_rows = arrays[dy].reshape(outer, -1)
        wanted = [(arrays[i].reshape(outer, -1), first) for i, first in zip(dxs, firsts, strict=False) if i is not None]
        return [job for part, first in wanted for job in take_columns_jobs(dy_rows, first, part)]

    return Lowering(jobs, (dy,), dxs)
