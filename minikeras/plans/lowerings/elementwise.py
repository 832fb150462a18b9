"""Elementwise passes as jobs: sums and products, relu, the sum over a batch for a bias's gradient, concatenation."""

import math
from functools import partial

import numpy as np

from minikeras.autodiff.arithmetic import (
    Add,
    Cast,
    Divide,
    Log,
    Multiply,
    Negative,
    Subtract,
    TrueDivide,
    add_gradients,
)
from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.kernels.batch_normalization_jobs import scaled_add_jobs
from minikeras.kernels.cast_jobs import PAIRS, cast_jobs
from minikeras.kernels.column_jobs import column_sums_jobs, image_relu_gradient_jobs, relu_gradient_jobs, total_jobs
from minikeras.kernels.elementwise_jobs import (
    add_jobs,
    bound_gradient_jobs,
    bound_jobs,
    divide_by_jobs,
    divide_jobs,
    divisor_gradient_jobs,
    drop_reaching_jobs,
    fill_jobs,
    fill_rows_jobs,
    floor_gradient_jobs,
    keep_reaching_jobs,
    log_jobs,
    maximum_jobs,
    minimum_jobs,
    multiply_jobs,
    negative_jobs,
    put_columns_jobs,
    scale_jobs,
    square_gradient_jobs,
    square_jobs,
    subtract_jobs,
    take_columns_jobs,
)
from minikeras.ops.extrema import Clip, Maximum, Minimum
from minikeras.ops.joining import Concatenate
from minikeras.ops.powers import Square
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.lowerings.broadcasting import all_repeated, broadcasts_to, slots_of_arrays
from minikeras.plans.lowerings.moving import copied
from minikeras.plans.lowerings.reductions import reduced
from minikeras.plans.simplify import Widen


@lowers((Compute, Add), "add + relu", add_gradients)
def add(instruction, slots):
    """y = a + b, or relu of it."""
    relu = isinstance(instruction, Fused)
    a, b = (instruction.parts[0] if relu else instruction).reads
    y = instruction.writes[-1]
    if not relu and constant_scalar(slots, b) is not None:
        return _flat_jobs(partial(_shifted, float(slots[b].origin)), slots, (a,), (y,))
    if not relu and constant_scalar(slots, a) is not None:
        return _flat_jobs(partial(_shifted, float(slots[a].origin)), slots, (b,), (y,))
    return _flat_jobs(partial(add_jobs, relu=relu), slots, (a, b), (y,))


@lowers((Compute, Multiply))
def multiply(instruction, slots):
    """y = a · b, where one of them may be a constant number."""
    (a, b), (y,) = instruction.reads, instruction.writes
    factor, x = constant_scalar(slots, b), a
    if factor is None:
        factor, x = constant_scalar(slots, a), b
    if factor is None:
        return _flat_jobs(multiply_jobs, slots, (a, b), (y,))
    return _flat_jobs(partial(_scaled, factor), slots, (x,), (y,))


@lowers((Gradient, Multiply))
def multiply_gradient(instruction, slots):
    """da = dy · b, db = dy · a, likewise."""
    (a, b), (dy,), (da, db) = instruction.inputs, instruction.dys, instruction.writes
    found = []
    for other, dx in ((b, da), (a, db)):
        if dx is None:
            continue
        factor = constant_scalar(slots, other)
        if factor is None:
            found.append(_flat_jobs(multiply_jobs, slots, (dy, other), (dx,)))
        else:
            found.append(_flat_jobs(partial(_scaled, factor), slots, (dy,), (dx,)))
    return together(found)


def _shifted(summand, x, y):
    return scale_jobs(x, 1.0, summand, y)


def _less(minuend, x, y):
    return scale_jobs(x, -1.0, minuend, y)


def _scaled(factor, x, y):
    return scale_jobs(x, factor, 0.0, y)


def constant_scalar(slots, index):
    """The value of a slot that is a constant float32 scalar, or None."""
    slot = slots[index]
    if slot.kind != "constant" or slot.shape != () or slot.dtype not in (None, np.float32):
        return None
    return float(slot.origin)


def together(lowerings):
    """Several lowerings as one, None if one of them is."""
    if None in lowerings:
        return None
    return Lowering(
        lambda arrays: [job for lowering in lowerings for job in lowering.jobs(arrays)],
        [i for lowering in lowerings for i in lowering.reads],
        [i for lowering in lowerings for i in lowering.writes],
    )


@lowers((Compute, Subtract))
def subtract(instruction, slots):
    """y = a − b, where one of them may be a constant number."""
    a, b = instruction.reads
    if constant_scalar(slots, b) is not None:
        return _flat_jobs(partial(_shifted, -constant_scalar(slots, b)), slots, (a,), instruction.writes)
    if constant_scalar(slots, a) is not None:
        return _flat_jobs(partial(_less, constant_scalar(slots, a)), slots, (b,), instruction.writes)
    return _flat_jobs(subtract_jobs, slots, (a, b), instruction.writes)


@lowers((Gradient, Subtract))
def subtract_gradient(instruction, slots):
    """db = −dy, where da is not needed (or is dy itself)."""
    first, second = instruction.writes
    return None if first is not None else _flat_jobs(negative_jobs, slots, instruction.dys, (second,))


@lowers((Compute, Divide), (Compute, TrueDivide))
def divide(instruction, slots):
    """y = a / b, where b may be a constant number."""
    return _quotient(slots, *instruction.reads, instruction.writes)


@lowers((Gradient, Divide), (Gradient, TrueDivide))
def divide_gradient(instruction, slots):
    """da = dy / b, db = −dy · a / b²."""
    (a, b), (dy,), (da, db) = instruction.inputs, instruction.dys, instruction.writes
    wanted = [] if da is None else [_quotient(slots, dy, b, (da,))]
    if db is not None:
        wanted.append(_flat_jobs(divisor_gradient_jobs, slots, (dy, a, b), (db,)))
    return together(wanted)


def _quotient(slots, a, b, writes):
    divisor = constant_scalar(slots, b)
    if divisor is None:
        return _flat_jobs(divide_jobs, slots, (a, b), writes)
    return _flat_jobs(lambda x, y: divide_by_jobs(x, divisor, y), slots, (a,), writes)


@lowers((Compute, Maximum), (Compute, Clip))
def bound(instruction, slots):
    """The maximum of x and a constant scalar, or x clipped to two."""
    x, *bounds = _bounds(instruction.op, slots, instruction.reads)
    if not bounds and type(instruction.op) is Maximum:
        return _flat_jobs(maximum_jobs, slots, instruction.reads, instruction.writes)
    return None if not bounds else _flat_jobs(lambda x, y: bound_jobs(x, *bounds, y), slots, (x,), instruction.writes)


@lowers((Gradient, Maximum), (Gradient, Clip))
def bound_gradient(instruction, slots):
    """dy where x is not clipped."""
    x, *bounds = _bounds(instruction.op, slots, instruction.inputs)
    if not bounds and type(instruction.op) is Maximum:
        return _extreme_gradient(slots, instruction, *instruction.inputs)
    if not bounds or any(i is not None for i in instruction.writes[1:]):
        return None
    lowest, highest = bounds

    def jobs(dy, x, dx):
        if isinstance(instruction.op, Maximum):
            return floor_gradient_jobs(dy, x, lowest, dx)
        return bound_gradient_jobs(dy, x, lowest, highest, dx)

    return _flat_jobs(jobs, slots, (*instruction.dys, x), instruction.writes[:1])


@lowers((Compute, Minimum))
def lesser(instruction, slots):
    """The lesser of x and a constant number, or of two arrays."""
    a, b = instruction.reads
    highest = constant_scalar(slots, b)
    if highest is None:
        return _flat_jobs(minimum_jobs, slots, (a, b), instruction.writes)
    return _flat_jobs(lambda x, y: bound_jobs(x, -math.inf, highest, y), slots, (a,), instruction.writes)


@lowers((Gradient, Minimum))
def lesser_gradient(instruction, slots):
    """dy to the lesser of two arrays, to the first where they are equal."""
    first, second = instruction.inputs
    return _extreme_gradient(slots, instruction, second, first)


def _extreme_gradient(slots, instruction, a, b):
    """dy for the first input where a ≥ b, for the second elsewhere."""
    (dy,), (first, second) = instruction.dys, instruction.writes
    wanted = [(keep_reaching_jobs, first), (drop_reaching_jobs, second)]
    return together([_flat_jobs(jobs, slots, (dy, a, b), (dx,)) for jobs, dx in wanted if dx is not None])


def _bounds(op, slots, inputs):
    """(slot of x, lowest, highest), or the slot alone if these are not constant."""
    if isinstance(op, Clip):
        numbers = [bound for bound in (op.x_min, op.x_max) if isinstance(bound, (int, float))]
        return (inputs[0], *map(float, numbers)) if len(numbers) == 2 else (inputs[0],)
    lowest = constant_scalar(slots, inputs[1])
    return (inputs[0],) if lowest is None else (inputs[0], lowest, math.inf)


@lowers((Compute, Negative))
def negative(instruction, slots):
    """−x."""
    return _flat_jobs(negative_jobs, slots, instruction.reads, instruction.writes)


@lowers((Compute, Log))
def log(instruction, slots):
    """ln x."""
    return _flat_jobs(log_jobs, slots, instruction.reads, instruction.writes)


@lowers((Gradient, Log))
def log_gradient(instruction, slots):
    """dy / x."""
    return _flat_jobs(divide_jobs, slots, (*instruction.dys, *instruction.inputs), instruction.writes)


@lowers((Compute, Square))
def square(instruction, slots):
    """x²."""
    return _flat_jobs(square_jobs, slots, instruction.reads, instruction.writes)


@lowers((Gradient, Square))
def square_gradient(instruction, slots):
    """2 · dy · x."""
    return _flat_jobs(square_gradient_jobs, slots, (*instruction.dys, *instruction.inputs), instruction.writes)


def _flat_jobs(make_jobs, slots, reads, writes):
    """The `Lowering` to jobs on flat arrays of one shape: make_jobs(*arrays read, *arrays written).

    What is read may broadcast to what is written.
    """
    shapes = {slots[i].shape for i in writes}
    if not all_float32(slots, writes) or len(shapes) != 1 or not broadcasts_to(slots, reads, *shapes):
        return None

    def jobs(arrays):
        made, read = all_repeated(arrays, slots, reads, *shapes)
        return [*made, *make_jobs(*read, *[arrays[i].reshape(-1) for i in writes])]

    return Lowering(jobs, slots_of_arrays(slots, reads), writes)


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
