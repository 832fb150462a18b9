"""Losses at the end of a step as jobs: crossentropies and means. (Metrics: `metrics.py`.)"""

import numpy as np

from minikeras.kernels.loss_jobs import (
    categorical_crossentropy_gradient_job,
    categorical_crossentropy_job,
    sigmoid_crossentropy_gradient_job,
    sigmoid_crossentropy_job,
    softmax_crossentropy_gradient_job,
    softmax_crossentropy_job,
)
from minikeras.kernels.softmax import softmax_gradient_jobs, softmax_jobs
from minikeras.ops.crossentropy import SigmoidCrossentropy, SoftmaxCrossentropy, SparseSoftmaxCrossentropy, check_labels
from minikeras.ops.softmax import Softmax
from minikeras.plans.checks import RangeCheck
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers


@lowers((Compute, SparseSoftmaxCrossentropy))
def crossentropy(instruction, buffers):
    """Loss and probabilities of each sample."""
    (labels, logits), (loss, p) = instruction.reads, instruction.writes
    if buffers[labels].dtype != np.int64 or not all_float32(buffers, (logits, loss, p)):
        return None
    wrong = np.zeros(1, np.int64)

    def jobs(arrays):
        rows = [as_matrix(arrays[i]) for i in (logits, p)]
        return [softmax_crossentropy_job(rows[0], arrays[labels].reshape(-1), arrays[loss].reshape(-1), rows[1], wrong)]

    def check(arrays):
        shape = buffers[logits].shape
        return RangeCheck(wrong, labels, 0, shape[-1], lambda: check_labels(arrays[labels], shape))

    return Lowering(jobs, instruction.reads, instruction.writes, check=check)


@lowers((Compute, Softmax))
def softmax(instruction, buffers):
    """Probabilities along the last axis."""
    (logits,), (p,) = instruction.reads, instruction.writes
    if instruction.op.axis not in (-1, len(buffers[logits].shape) - 1) or not all_float32(buffers, (logits, p)):
        return None

    def jobs(arrays):
        return softmax_jobs(as_matrix(arrays[logits]), as_matrix(arrays[p]))

    return Lowering(jobs, (logits,), (p,))


@lowers((Gradient, Softmax))
def softmax_gradient(instruction, buffers):
    """dx = p · (dp − Σ dp · p) along the last axis."""
    (p,), (dp,), (dx,) = instruction.outputs, instruction.dys, instruction.writes
    if instruction.op.axis not in (-1, len(buffers[p].shape) - 1) or not all_float32(buffers, (p, dp, dx)):
        return None

    def jobs(arrays):
        return softmax_gradient_jobs(*[as_matrix(arrays[i]) for i in (p, dp, dx)])

    return Lowering(jobs, (p, dp), (dx,))


@lowers((Gradient, SparseSoftmaxCrossentropy))
def crossentropy_gradient(instruction, buffers):
    """dlogits = dloss · (p − one_hot(label))."""
    (labels, _), (_, p), (dloss, dp), (_, dlogits) = (
        instruction.inputs, instruction.outputs, instruction.dys, instruction.writes
    )  # fmt: skip
    if (
        dp is not None
        or dloss is None
        or buffers[labels].dtype != np.int64
        or not all_float32(buffers, (p, dloss, dlogits))
    ):
        return None

    def jobs(arrays):
        flat_dloss, flat_labels = arrays[dloss].reshape(-1), arrays[labels].reshape(-1)
        return [
            softmax_crossentropy_gradient_job(flat_dloss, as_matrix(arrays[p]), flat_labels, as_matrix(arrays[dlogits]))
        ]

    return Lowering(jobs, (labels, p, dloss), (dlogits,))


@lowers((Compute, SoftmaxCrossentropy))
def categorical_crossentropy(instruction, buffers):
    """Loss and probabilities of each sample, for labels that are probabilities."""
    (target, logits), (loss, p) = instruction.reads, instruction.writes
    if not _is_of_classes(instruction.op, buffers, target, logits) or not all_float32(buffers, (loss, p)):
        return None

    def jobs(arrays):
        rows = [as_matrix(arrays[i]) for i in (target, logits, p)]
        return [categorical_crossentropy_job(rows[0], rows[1], arrays[loss].reshape(-1), rows[2])]

    return Lowering(jobs, (target, logits), (loss, p))


@lowers((Gradient, SoftmaxCrossentropy))
def categorical_crossentropy_gradient(instruction, buffers):
    """dlogits = dloss · (p − target)."""
    (target, logits), (_, p), (dloss, dp), (dtarget, dlogits) = (
        instruction.inputs, instruction.outputs, instruction.dys, instruction.writes
    )  # fmt: skip
    if dp is not None or dloss is None or dtarget is not None or dlogits is None:
        return None
    if not _is_of_classes(instruction.op, buffers, target, logits) or not all_float32(buffers, (p, dloss, dlogits)):
        return None

    def jobs(arrays):
        p_rows, targets, result = (as_matrix(arrays[i]) for i in (p, target, dlogits))
        return [categorical_crossentropy_gradient_job(arrays[dloss].reshape(-1), p_rows, targets, result)]

    return Lowering(jobs, (target, p, dloss), (dlogits,))


def _is_of_classes(op, buffers, target, logits):
    """Whether the classes are along the last axis, and each has a target."""
    return op.axis in (-1, len(buffers[logits].shape) - 1) and _of_one_shape(buffers, target, logits)


@lowers((Compute, SigmoidCrossentropy))
def binary_crossentropy(instruction, buffers):
    """The loss of each binary label."""
    (target, logits), (loss,) = instruction.reads, instruction.writes
    if not _of_one_shape(buffers, target, logits, loss):
        return None

    def jobs(arrays):
        return [sigmoid_crossentropy_job(*[arrays[i].reshape(-1) for i in (target, logits, loss)])]

    return Lowering(jobs, (target, logits), (loss,))


@lowers((Gradient, SigmoidCrossentropy))
def binary_crossentropy_gradient(instruction, buffers):
    """dlogits = dloss · (p − target)."""
    (target, logits), (dloss,), (dtarget, dlogits) = instruction.inputs, instruction.dys, instruction.writes
    if dtarget is not None or dlogits is None or not _of_one_shape(buffers, dloss, target, logits, dlogits):
        return None

    def jobs(arrays):
        return [sigmoid_crossentropy_gradient_job(*[arrays[i].reshape(-1) for i in (dloss, target, logits, dlogits)])]

    return Lowering(jobs, (dloss, target, logits), (dlogits,))


def _of_one_shape(buffers, *indices):
    return all_float32(buffers, indices) and len({buffers[i].shape for i in indices}) == 1
