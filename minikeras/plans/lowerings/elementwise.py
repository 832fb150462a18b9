"""Passes over arrays as jobs: sums, activations, dropout, the sum over a batch that is a bias's gradient."""

import numpy as np

from minikeras.autodiff.arithmetic import Add, Subtract, add_gradients
from minikeras.kernels.column_jobs import column_sums_jobs, image_relu_gradient_jobs, relu_gradient_jobs
from minikeras.kernels.elementwise_jobs import (
    add_jobs,
    keep_scaled_jobs,
    negative_jobs,
    relu_jobs,
    scaled_add_jobs,
    sigmoid_gradient_jobs,
    sigmoid_jobs,
    square_gradient_jobs,
    square_jobs,
    subtract_jobs,
    widen_jobs,
)
from minikeras.ops.activation import Relu
from minikeras.ops.powers import Square
from minikeras.ops.smooth_activation import Sigmoid
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.simplify import Widen
from minikeras.random.dropout import KeepScaled


@lowers((Compute, Add), "add + relu", add_gradients)
def add(instruction, slots):
    """y = a + b for arrays of one shape, or relu of it."""
    (a, b), y = instruction.reads, instruction.writes[-1]
    if not slots[a].shape == slots[b].shape == slots[y].shape or not all_float32(slots, (a, b, y)):
        return None
    relu = getattr(instruction, "name", None) == "add + relu"

    def jobs(arrays):
        return add_jobs(*[arrays[i].reshape(-1) for i in (a, b, y)], relu=relu)

    return Lowering(jobs, (a, b), (y,))


@lowers((Compute, Subtract))
def subtract(instruction, slots):
    """y = a − b for arrays of one shape."""
    return _flat_jobs(subtract_jobs, slots, instruction.reads, instruction.writes)


@lowers((Gradient, Subtract))
def subtract_gradient(instruction, slots):
    """db = −dy, where nobody wants da (or it is dy itself)."""
    first, second = instruction.writes
    return None if first is not None else _flat_jobs(negative_jobs, slots, instruction.dys, (second,))


@lowers((Compute, Square))
def square(instruction, slots):
    """x²."""
    return _flat_jobs(square_jobs, slots, instruction.reads, instruction.writes)


@lowers((Gradient, Square))
def square_gradient(instruction, slots):
    """2 · dy · x."""
    return _flat_jobs(square_gradient_jobs, slots, (*instruction.dys, *instruction.inputs), instruction.writes)


@lowers((Compute, Sigmoid))
def sigmoid(instruction, slots):
    """1 / (1 + exp(−x))."""
    return _flat_jobs(sigmoid_jobs, slots, instruction.reads, instruction.writes)


@lowers((Gradient, Sigmoid))
def sigmoid_gradient(instruction, slots):
    """dy · y · (1 − y)."""
    return _flat_jobs(sigmoid_gradient_jobs, slots, (*instruction.dys, *instruction.outputs), instruction.writes)


def _flat_jobs(make_jobs, slots, reads, writes):
    """The `Lowering` to jobs on flat arrays of one shape: make_jobs(*arrays read, *arrays written)."""
    indices = (*reads, *writes)
    if not all_float32(slots, indices) or len({slots[i].shape for i in indices}) != 1:
        return None
    return Lowering(lambda arrays: make_jobs(*[arrays[i].reshape(-1) for i in indices]), reads, writes)


@lowers("scale + shift", "scale + shift + relu")
def scale_and_shift(fused, slots):
    """y = x · scale + shift with a vector for each, as batch normalization does it in inference."""
    roles = fused.roles
    if not all_float32(slots, roles.values()):
        return None

    def jobs(arrays):
        x, y = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["y"]])
        vectors = [arrays[roles[role]].reshape(-1) for role in ("scale", "shift")]
        return scaled_add_jobs(x, *vectors, y, relu=fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


@lowers((Compute, Relu))
def relu(instruction, slots):
    """max(x, 0)."""
    return _flat_jobs(relu_jobs, slots, instruction.reads, instruction.writes)


@lowers((Gradient, Relu))
def relu_gradient(instruction, slots):
    """dy where y is positive."""
    (y,), (dy,), (dx,) = instruction.outputs, instruction.dys, instruction.writes
    if not slots[y].shape or not all_float32(slots, (y, dy, dx)):
        return None

    def jobs(arrays):
        return relu_gradient_jobs(*[as_matrix(arrays[i]) for i in (dy, y, dx)])

    return Lowering(jobs, (y, dy), (dx,))


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
    """The same where dy is that of the mean over each image, as above global average pooling."""
    dy, y, dx, dbias = (fused.roles.get(role) for role in ("mean_dy", "y", "dx", "dbias"))
    if not all_float32(slots, (dy, y, dx, dbias)):
        return None
    batch, height, width, channels = slots[y].shape

    def jobs(arrays):
        rows = arrays[dy].reshape(batch, channels)
        sums = None if dbias is None else arrays[dbias]
        return image_relu_gradient_jobs(rows, as_matrix(arrays[y]), as_matrix(arrays[dx]), 1 / (height * width), sums)

    return Lowering(jobs, (dy, y), (dx, dbias))


@lowers((Gradient, Add))
def bias_gradient(instruction, slots):
    """The sum over the batch."""
    (dy,), (first, dbias) = instruction.dys, instruction.writes
    if first is not None or not all_float32(slots, (dy, dbias)) or slots[dbias].shape != slots[dy].shape[-1:]:
        return None

    def jobs(arrays):
        return column_sums_jobs(as_matrix(arrays[dy]), arrays[dbias])

    return Lowering(jobs, (dy,), (dbias,))


@lowers(Widen)
def widen(instruction, slots):
    """Class numbers as int64."""
    (x,), (y,) = instruction.reads, instruction.writes
    if slots[x].dtype not in (np.uint8, np.int32) or 0 in slots[x].shape:
        return None
    return Lowering(lambda arrays: widen_jobs(arrays[x].reshape(-1), arrays[y].reshape(-1)), (x,), (y,))


@lowers((Compute, KeepScaled), (Gradient, KeepScaled))
def dropout(instruction, slots):
    """x · scale where the mask is set."""
    if isinstance(instruction, Compute):
        (x, mask), (y,) = instruction.reads, instruction.writes
    else:
        (_, mask), (x,), (y, _) = instruction.inputs, instruction.dys, instruction.writes
    if slots[mask].dtype != np.bool_ or slots[mask].shape != slots[x].shape or not all_float32(slots, (x, y)):
        return None

    def jobs(arrays):
        flat_mask = arrays[mask].reshape(-1).view(np.uint8)
        return keep_scaled_jobs(arrays[x].reshape(-1), flat_mask, arrays[y].reshape(-1), float(instruction.op.scale))

    return Lowering(jobs, (x, mask), (y,))
