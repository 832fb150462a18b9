"""Elementwise patterns, the gradient of a bias, and casts, as jobs."""

import math
from functools import partial

import numpy as np

from minikeras.autodiff.arithmetic import Add, Cast, add_gradients
from minikeras.autodiff.elementwise_lowering import elementwise, of_one_shape
from minikeras.kernels.batch_normalization_jobs import scaled_add_jobs
from minikeras.kernels.cast_jobs import PAIRS, cast_jobs
from minikeras.kernels.column_jobs import column_sums_jobs, image_relu_gradient_jobs
from minikeras.kernels.elementwise_jobs import add_jobs
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.lowerings.moving import copied
from minikeras.plans.simplify import Widen


@lowers("add + relu")
def add_and_relu(fused, buffers):
    """y = relu(a + b)."""
    return _sum(buffers, fused.parts[0].reads, fused.writes[-1], relu=True)


@lowers(add_gradients)
def sum_of_gradients(instruction, buffers):
    """a + b."""
    return _sum(buffers, instruction.reads, *instruction.writes, relu=False)


def _sum(buffers, reads, y, relu):
    jobs = elementwise(partial(add_jobs, relu=relu), [buffers[i] for i in reads], buffers[y], vectors=2)
    known = [i for i in reads if buffers[i].dtype is not None]
    in_place = [(i, y) for i in known] if of_one_shape([buffers[i] for i in reads], buffers[y]) else ()
    return jobs and Lowering(
        lambda arrays: jobs([arrays.get(i) for i in reads], arrays[y]), known, (y,), in_place=in_place
    )


@lowers("scale + shift", "scale + shift + relu")
def scale_and_shift(fused, buffers):
    """y = x · scale + shift with a vector for each, as batch normalization in inference."""
    roles = fused.roles
    if not all_float32(buffers, roles.values()):
        return None

    def jobs(arrays):
        x, y = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["y"]])
        vectors = [arrays[roles[role]].reshape(-1) for role in ("scale", "shift")]
        return scaled_add_jobs(x, *vectors, y, relu=fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


@lowers("gradient of mean and relu", "gradient of mean and relu and bias")
def mean_and_relu_gradient(fused, buffers):
    """dx = dy · 1/pixels of each image where y is positive, as below global average pooling, and dx's sum."""
    dy, y, dx, dbias = (fused.roles.get(role) for role in ("dy", "y", "dx", "dbias"))
    if not all_float32(buffers, (dy, y, dx, dbias)):
        return None
    batch, *pixels, channels = buffers[y].shape

    def jobs(arrays):
        rows = arrays[dy].reshape(batch, channels)
        sums = None if dbias is None else arrays[dbias]
        share = 1 / math.prod(pixels)
        return image_relu_gradient_jobs(rows, as_matrix(arrays[y]), as_matrix(arrays[dx]), share, sums)

    return Lowering(jobs, (dy, y), (dx, dbias))


@lowers((Gradient, Add))
def bias_gradient(instruction, buffers):
    """The sum over the batch."""
    (dy,), (first, dbias) = instruction.dys, instruction.writes
    if first is not None or dbias is None or not all_float32(buffers, (dy, dbias)):
        return None
    if buffers[dbias].shape != buffers[dy].shape[-1:]:
        return None

    def jobs(arrays):
        return column_sums_jobs(as_matrix(arrays[dy]), arrays[dbias])

    return Lowering(jobs, (dy,), (dbias,))


@lowers((Compute, Cast), Widen)
def cast(instruction, buffers):
    """Integers and booleans as float32, float32 or int64 tokens as int32, class indices as int64."""
    (x,), (y,) = instruction.reads, instruction.writes
    if buffers[x].dtype == buffers[y].dtype:
        return copied(buffers, x, y, lambda array: array)
    of_x = "uint8" if buffers[x].dtype == np.bool_ else buffers[x].dtype.name
    if (of_x, buffers[y].dtype.name) not in PAIRS or 0 in buffers[x].shape:
        return None
    return Lowering(lambda arrays: cast_jobs(arrays[x].reshape(-1).view(of_x), arrays[y].reshape(-1)), (x,), (y,))
