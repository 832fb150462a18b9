"""Elementwise patterns as jobs, sums over a batch or all elements and their gradients, concatenation, casts."""

import math
from functools import partial

import numpy as np

from minikeras.autodiff.arithmetic import Add, Cast, add_gradients
from minikeras.autodiff.elementwise_lowering import elementwise
from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.kernels.batch_normalization_jobs import scaled_add_jobs
from minikeras.kernels.cast_jobs import PAIRS, cast_jobs
from minikeras.kernels.column_jobs import column_sums_jobs, image_relu_gradient_jobs, relu_gradient_jobs, total_jobs
from minikeras.kernels.elementwise_jobs import add_jobs, fill_jobs, fill_rows_jobs, put_columns_jobs, take_columns_jobs
from minikeras.ops.joining import Concatenate
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.lowerings.moving import copied
from minikeras.plans.lowerings.reductions import reduced
from minikeras.plans.simplify import Widen


@lowers("add + relu")
def add_and_relu(fused, slots):
    """y = relu(a + b)."""
    return _sum(slots, fused.parts[0].reads, fused.writes[-1], relu=True)


@lowers(add_gradients)
def sum_of_gradients(instruction, slots):
    """a + b."""
    return _sum(slots, instruction.reads, *instruction.writes, relu=False)


def _sum(slots, reads, y, relu):
    jobs = elementwise(partial(add_jobs, relu=relu), [slots[i] for i in reads], slots[y], vectors=2)
    known = [i for i in reads if slots[i].dtype is not None]
    return jobs and Lowering(lambda arrays: jobs([arrays.get(i) for i in reads], arrays[y]), known, (y,))


@lowers("scale + shift", "scale + shift + relu")
def scale_and_shift(fused, slots):
    """y = x · scale + shift with a vector for each, as batch normalization in inference."""
    roles = fused.roles
    if not all_float32(slots, roles.values()):
        return None

    def jobs(arrays):
        x, y = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["y"]])
        vectors = [arrays[roles[role]].reshape(-1) for role in ("scale", "shift")]
        return scaled_add_jobs(x, *vectors, y, relu=fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


@lowers("gradient of relu and bias", "sum of gradients and relu", "sum of gradients and relu and bias")
def relu_and_bias_gradient(fused, slots):
    """dx = dy, or the sum of two gradients, where y is positive, and dx's sum over the batch, in one pass."""
    dy, other, y, dx, dbias = (fused.roles.get(role) for role in ("dy", "other", "y", "dx", "dbias"))
    if not slots[y].shape or not all_float32(slots, (dy, other, y, dx, dbias)):
        return None
    if other is not None and slots[other].shape != slots[dy].shape:
        return None

    def jobs(arrays):
        summand = None if other is None else as_matrix(arrays[other])
        sums = None if dbias is None else arrays[dbias]
        return relu_gradient_jobs(*[as_matrix(arrays[i]) for i in (dy, y, dx)], sums, summand)

    return Lowering(jobs, (dy, other, y), (dx, dbias))


@lowers("gradient of mean and relu", "gradient of mean and relu and bias")
def mean_and_relu_gradient(fused, slots):
    """The same where dy is the gradient of the mean over each image, as after global average pooling."""
    dy, y, dx, dbias = (fused.roles.get(role) for role in ("mean_dy", "y", "dx", "dbias"))
    if not all_float32(slots, (dy, y, dx, dbias)):
        return None
    batch, *pixels, channels = slots[y].shape

    def jobs(arrays):
        rows = arrays[dy].reshape(batch, channels)
        sums = None if dbias is None else arrays[dbias]
        share = 1 / math.prod(pixels)
        return image_relu_gradient_jobs(rows, as_matrix(arrays[y]), as_matrix(arrays[dx]), share, sums)

    return Lowering(jobs, (dy, y), (dx, dbias))


@lowers((Gradient, Add))
def bias_gradient(instruction, slots):
    """The sum over the batch."""
    (dy,), (first, dbias) = instruction.dys, instruction.writes
    if first is not None or dbias is None or not all_float32(slots, (dy, dbias)):
        return None
    if slots[dbias].shape != slots[dy].shape[-1:]:
        return None

    def jobs(arrays):
        return column_sums_jobs(as_matrix(arrays[dy]), arrays[dbias])

    return Lowering(jobs, (dy,), (dbias,))


@lowers((Compute, Sum))
def total(instruction, slots):
    """The sum of all elements, as for a regularizer's loss, or over some axes."""
    (x,), (y,) = instruction.reads, instruction.writes
    if rows_reduced(instruction.op, slots[x].shape) != 1 or not all_float32(slots, (x, y)):
        return reduced(instruction, slots)
    return Lowering(lambda arrays: total_jobs(arrays[x].reshape(-1), arrays[y].reshape(1)), (x,), (y,))


@lowers((Gradient, Sum))
def total_gradient(instruction, slots):
    """dy at every position."""
    return spread(instruction, slots, 1.0)


def spread(instruction, slots, divisor):
    """The gradient of a reduction over the last axes: dy / divisor at every position reduced to one element."""
    (dy,), (dx,) = instruction.dys, instruction.writes
    rows = rows_reduced(instruction.op, slots[dx].shape)
    if rows is None or not all_float32(slots, (dy, dx)):
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


@lowers((Compute, Concatenate))
def concatenate(instruction, slots):
    """Concatenated arrays: blocks of columns of one matrix."""
    (y,), parts = instruction.writes, instruction.reads
    if not all_float32(slots, (*parts, y)):
        return None
    axis = instruction.op.axis % len(slots[y].shape)
    outer = math.prod(slots[y].shape[:axis])

    def jobs(arrays):
        y_rows = arrays[y].reshape(outer, -1)
        rows = [arrays[i].reshape(outer, -1) for i in parts]
        firsts = np.cumsum([0, *[part.shape[1] for part in rows]]).tolist()
        return [job for part, first in zip(rows, firsts, strict=False) for job in put_columns_jobs(part, y_rows, first)]

    return Lowering(jobs, parts, (y,))


@lowers((Gradient, Concatenate))
def concatenate_gradient(instruction, slots):
    """Each input's columns of dy."""
    (dy,), dxs, call = instruction.dys, instruction.writes, instruction.call
    if not all_float32(slots, (dy, *dxs)):
        return None
    axis = instruction.op.axis % len(slots[dy].shape)
    outer = math.prod(slots[dy].shape[:axis])
    widths = [math.prod(shape[axis:]) for shape in call.input_shapes]
    firsts = np.cumsum([0, *widths]).tolist()

    def jobs(arrays):
        dy_rows = arrays[dy].reshape(outer, -1)
        wanted = [(arrays[i].reshape(outer, -1), first) for i, first in zip(dxs, firsts, strict=False) if i is not None]
        return [job for part, first in wanted for job in take_columns_jobs(dy_rows, first, part)]

    return Lowering(jobs, (dy,), dxs)


@lowers((Compute, Cast), Widen)
def cast(instruction, slots):
    """Integers and booleans as float32, float32 or int64 tokens as int32, class indices as int64."""
    (x,), (y,) = instruction.reads, instruction.writes
    if slots[x].dtype == slots[y].dtype:
        return copied(slots, x, y, lambda array: array)
    of_x = "uint8" if slots[x].dtype == np.bool_ else slots[x].dtype.name
    if (of_x, slots[y].dtype.name) not in PAIRS or 0 in slots[x].shape:
        return None
    return Lowering(lambda arrays: cast_jobs(arrays[x].reshape(-1).view(of_x), arrays[y].reshape(-1)), (x,), (y,))
