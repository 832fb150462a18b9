"""What stands at the end of a step as jobs: the loss of class numbers, its mean, metrics."""

import numpy as np

from minikeras.kernels.softmax import softmax_gradient_jobs, softmax_jobs
from minikeras.kernels.step_ends import (
    add_errors_job,
    add_weighted_job,
    categorical_crossentropy_gradient_job,
    categorical_crossentropy_job,
    count_equal_maxima_job,
    count_matches_job,
    count_sides_job,
    mean_job,
    mean_of_rows_job,
    sigmoid_crossentropy_gradient_job,
    sigmoid_crossentropy_job,
    softmax_crossentropy_gradient_job,
    softmax_crossentropy_job,
)
from minikeras.metrics import (
    BinaryAccuracy,
    CategoricalAccuracy,
    Mean,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalAccuracy,
)
from minikeras.ops import reduction
from minikeras.ops.crossentropy import SigmoidCrossentropy, SoftmaxCrossentropy, SparseSoftmaxCrossentropy, check_labels
from minikeras.ops.softmax import Softmax
from minikeras.plans.bindings import binding_of
from minikeras.plans.checks import NumberCheck
from minikeras.plans.instructions import Compute, Gradient, TensorAt
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers
from minikeras.plans.lowerings.pooling import global_average
from minikeras.plans.patterns.passes import is_over_images


@lowers((Compute, SparseSoftmaxCrossentropy))
def crossentropy(instruction, slots):
    """Loss and probabilities of each sample."""
    (labels, logits), (loss, p) = instruction.reads, instruction.writes
    if slots[labels].dtype != np.int64 or not all_float32(slots, (logits, loss, p)):
        return None
    wrong = np.zeros(1, np.int64)

    def jobs(arrays):
        rows = [as_matrix(arrays[i]) for i in (logits, p)]
        return [softmax_crossentropy_job(rows[0], arrays[labels].reshape(-1), arrays[loss].reshape(-1), rows[1], wrong)]

    def check(arrays):
        shape = slots[logits].shape
        return NumberCheck(wrong, labels, 0, shape[-1], lambda: check_labels(arrays[labels], shape))

    return Lowering(jobs, instruction.reads, instruction.writes, check=check)


@lowers((Compute, Softmax))
def softmax(instruction, slots):
    """Probabilities along the last axis."""
    (logits,), (p,) = instruction.reads, instruction.writes
    if instruction.op.axis not in (-1, len(slots[logits].shape) - 1) or not all_float32(slots, (logits, p)):
        return None

    def jobs(arrays):
        return softmax_jobs(as_matrix(arrays[logits]), as_matrix(arrays[p]))

    return Lowering(jobs, (logits,), (p,))


@lowers((Gradient, Softmax))
def softmax_gradient(instruction, slots):
    """dx = p · (dp − Σ dp · p) along the last axis."""
    (p,), (dp,), (dx,) = instruction.outputs, instruction.dys, instruction.writes
    if instruction.op.axis not in (-1, len(slots[p].shape) - 1) or not all_float32(slots, (p, dp, dx)):
        return None

    def jobs(arrays):
        return softmax_gradient_jobs(*[as_matrix(arrays[i]) for i in (p, dp, dx)])

    return Lowering(jobs, (p, dp), (dx,))


@lowers((Gradient, SparseSoftmaxCrossentropy))
def crossentropy_gradient(instruction, slots):
    """dlogits = dloss · (p − one_hot(label))."""
    (labels, _), (_, p), (dloss, dp), (_, dlogits) = (
        instruction.inputs, instruction.outputs, instruction.dys, instruction.writes
    )  # fmt: skip
    if (
        dp is not None
        or dloss is None
        or slots[labels].dtype != np.int64
        or not all_float32(slots, (p, dloss, dlogits))
    ):
        return None

    def jobs(arrays):
        flat_dloss, flat_labels = arrays[dloss].reshape(-1), arrays[labels].reshape(-1)
        return [
            softmax_crossentropy_gradient_job(flat_dloss, as_matrix(arrays[p]), flat_labels, as_matrix(arrays[dlogits]))
        ]

    return Lowering(jobs, (labels, p, dloss), (dlogits,))


@lowers((Compute, SoftmaxCrossentropy))
def categorical_crossentropy(instruction, slots):
    """Loss and probabilities of each sample, for labels that are probabilities themselves."""
    (target, logits), (loss, p) = instruction.reads, instruction.writes
    if not _is_of_classes(instruction.op, slots, target, logits) or not all_float32(slots, (loss, p)):
        return None

    def jobs(arrays):
        rows = [as_matrix(arrays[i]) for i in (target, logits, p)]
        return [categorical_crossentropy_job(rows[0], rows[1], arrays[loss].reshape(-1), rows[2])]

    return Lowering(jobs, (target, logits), (loss, p))


@lowers((Gradient, SoftmaxCrossentropy))
def categorical_crossentropy_gradient(instruction, slots):
    """dlogits = dloss · (p − target)."""
    (target, logits), (_, p), (dloss, dp), (dtarget, dlogits) = (
        instruction.inputs, instruction.outputs, instruction.dys, instruction.writes
    )  # fmt: skip
    if dp is not None or dloss is None or dtarget is not None or dlogits is None:
        return None
    if not _is_of_classes(instruction.op, slots, target, logits) or not all_float32(slots, (p, dloss, dlogits)):
        return None

    def jobs(arrays):
        p_rows, targets, result = (as_matrix(arrays[i]) for i in (p, target, dlogits))
        return [categorical_crossentropy_gradient_job(arrays[dloss].reshape(-1), p_rows, targets, result)]

    return Lowering(jobs, (target, p, dloss), (dlogits,))


def _is_of_classes(op, slots, target, logits):
    """Whether the classes are along the last axis, and each has a target."""
    return op.axis in (-1, len(slots[logits].shape) - 1) and _of_one_shape(slots, target, logits)


@lowers((Compute, SigmoidCrossentropy))
def binary_crossentropy(instruction, slots):
    """The loss of each yes or no."""
    (target, logits), (loss,) = instruction.reads, instruction.writes
    if not _of_one_shape(slots, target, logits, loss):
        return None

    def jobs(arrays):
        return [sigmoid_crossentropy_job(*[arrays[i].reshape(-1) for i in (target, logits, loss)])]

    return Lowering(jobs, (target, logits), (loss,))


@lowers((Gradient, SigmoidCrossentropy))
def binary_crossentropy_gradient(instruction, slots):
    """dlogits = dloss · (p − target)."""
    (target, logits), (dloss,), (dtarget, dlogits) = instruction.inputs, instruction.dys, instruction.writes
    if dtarget is not None or dlogits is None or not _of_one_shape(slots, dloss, target, logits, dlogits):
        return None

    def jobs(arrays):
        return [sigmoid_crossentropy_gradient_job(*[arrays[i].reshape(-1) for i in (dloss, target, logits, dlogits)])]

    return Lowering(jobs, (dloss, target, logits), (dlogits,))


def _of_one_shape(slots, *indices):
    return all_float32(slots, indices) and len({slots[i].shape for i in indices}) == 1


@lowers((Compute, reduction.Mean))
def mean(instruction, slots):
    """The mean of all numbers, of each row, or over images."""
    (x,), (y,) = instruction.reads, instruction.writes
    if is_over_images(instruction.op, slots[x].shape):
        return global_average(instruction, slots)
    last = len(slots[x].shape) - 1
    if last > 0 and instruction.op.axis in (-1, last) and all_float32(slots, (x, y)):
        return Lowering(lambda arrays: [mean_of_rows_job(as_matrix(arrays[x]), arrays[y].reshape(-1))], (x,), (y,))
    if slots[y].shape != () or not all_float32(slots, (x, y)):
        return None

    def jobs(arrays):
        return [mean_job(arrays[x].reshape(-1), arrays[y].reshape(1))]

    return Lowering(jobs, (x,), (y,))


@lowers((Mean, "update_state"))
def mean_of_losses(effect, slots):
    """The loss of a batch, weighted by its number of samples, into the mean over the epoch."""
    metric, weight = effect.function.__self__, effect.kwargs.get("sample_weight")
    if len(effect.args) != 1 or set(effect.kwargs) != {"sample_weight"} or type(weight) is not int:
        return None
    value = effect.args[0]
    state = metric.total, metric.count
    if not _is_plain(value) or slots[value.slot].shape != () or not _all_float32_state(slots, value.slot, state):
        return None

    def jobs(arrays):
        return [add_weighted_job(arrays[value.slot].reshape(1), float(weight), *_numbers_of(state))]

    return Lowering(jobs, (value.slot,), (), written=state)


@lowers((SparseCategoricalAccuracy, "update_state"))
def accuracy(effect, slots):
    """How many predictions of a batch are right, into the mean over the epoch."""
    metric = effect.function.__self__
    if len(effect.args) != 2 or effect.kwargs or not all(isinstance(part, TensorAt) for part in effect.args):
        return None
    labels, p = effect.args
    state = metric.total, metric.count
    if labels.mask is not None or p.mask is not None or len(slots[p.slot].shape) != 2:
        return None
    rows = slots[p.slot].shape[0]
    fits = slots[labels.slot].dtype == np.int64 and slots[labels.slot].shape in ((rows,), (rows, 1))
    if not fits or not _all_float32_state(slots, p.slot, state):
        return None

    def jobs(arrays):
        return [count_matches_job(arrays[p.slot], arrays[labels.slot].reshape(-1), *_numbers_of(state))]

    return Lowering(jobs, (labels.slot, p.slot), (), written=state)


@lowers((CategoricalAccuracy, "update_state"))
def categorical_accuracy(effect, slots):
    """The same for one-hot labels."""
    state = _state_of_plain_mean(effect, slots)
    if state is None or len(slots[effect.args[0].slot].shape) != 2:
        return None
    labels, p = (part.slot for part in effect.args)

    def jobs(arrays):
        return [count_equal_maxima_job(arrays[p], arrays[labels], *_numbers_of(state))]

    return Lowering(jobs, (labels, p), (), written=state)


@lowers((MeanAbsoluteError, "update_state"), (MeanSquaredError, "update_state"))
def mean_error(effect, slots):
    """The mean distance of each sample, or its square, into the mean over the epoch."""
    state = _state_of_plain_mean(effect, slots)
    if state is None or len(slots[effect.args[0].slot].shape) != 2:
        return None
    y, p = (part.slot for part in effect.args)
    squared = type(effect.function.__self__) is MeanSquaredError

    def jobs(arrays):
        return [add_errors_job(arrays[y], arrays[p], squared, *_numbers_of(state))]

    return Lowering(jobs, (y, p), (), written=state)


def _state_of_plain_mean(effect, slots):
    """(total, count) of a metric that gets labels and predictions of one shape, and nothing else; else None."""
    metric = effect.function.__self__
    if len(effect.args) != 2 or effect.kwargs or not all(map(_is_plain, effect.args)):
        return None
    labels, p = (part.slot for part in effect.args)
    state = metric.total, metric.count
    fits = _of_one_shape(slots, labels, p) and _all_float32_state(slots, p, state)
    return state if fits else None


@lowers((BinaryAccuracy, "update_state"))
def binary_accuracy(effect, slots):
    """How many predictions of a batch lie on the label's side, into the mean over the epoch."""
    metric = effect.function.__self__
    if len(effect.args) != 2 or effect.kwargs or not all(map(_is_plain, effect.args)):
        return None
    labels, p = (part.slot for part in effect.args)
    state, rows = (metric.total, metric.count), slots[p].shape[:1]
    fits = all(slots[i].shape in (rows, (*rows, 1)) for i in (labels, p)) and all_float32(slots, (labels,))
    if not fits or not _all_float32_state(slots, p, state):
        return None

    def jobs(arrays):
        flat = [arrays[i].reshape(-1) for i in (p, labels)]
        return [count_sides_job(*flat, float(metric.threshold), *_numbers_of(state))]

    return Lowering(jobs, (labels, p), (), written=state)


def _is_plain(part):
    return isinstance(part, TensorAt) and part.mask is None


def _all_float32_state(slots, slot, state):
    return all_float32(slots, (slot,)) and all(variable.array.dtype == np.float32 for variable in state)


def _numbers_of(state):
    return [binding_of(variable).tensor.array.reshape(1) for variable in state]
