"""Updates of metrics as jobs: means of losses and errors, accuracies."""

import numpy as np

from minikeras import metrics
from minikeras.collectives.share import weight_of_number
from minikeras.kernels.loss_jobs import (
    add_rows_job,
    add_weighted_job,
    argmax_job,
    hits_among_top_job,
    hits_job,
    hits_of_sides_job,
)
from minikeras.kernels.memory import aligned
from minikeras.plans.bindings import binding_of
from minikeras.plans.instructions import TensorAt
from minikeras.plans.lower import Lowering, all_float32, lowers


def updates_of(*classes):
    """The keys of lowerings for updates of metrics of exactly these classes."""
    return [(cls, cls.update_state) for cls in classes]


@lowers(*updates_of(metrics.Mean))
def mean_of_losses(effect, buffers):
    """Add the loss of a batch, perhaps weighted by its number of samples, to the mean over the epoch."""
    metric, weight = effect.function.__self__, effect.kwargs.get("sample_weight", weight_of_number())
    if len(effect.args) != 1 or not effect.kwargs.keys() <= {"sample_weight"} or type(weight) not in (int, float):
        return None
    value, state = effect.args[0], (metric.total, metric.count)
    if (
        not _is_plain(value)
        or buffers[value.buffer].shape != ()
        or not _all_float32_state(buffers, value.buffer, state)
    ):
        return None

    def jobs(arrays):
        return [add_weighted_job(arrays[value.buffer].reshape(1), float(weight), *_numbers_of(state))]

    return Lowering(jobs, (value.buffer,), (), written=state)


@lowers(metrics.Mean.accumulate)
def mean_of_values(effect, buffers):
    """Add one value per sample, or the mean of several, to the mean over the epoch."""
    values, weights, *mask = effect.args
    if not _is_plain(values) or not buffers[values.buffer].shape or mask not in ([], [None]) or effect.kwargs:
        return None
    metric, rows = effect.function.__self__, buffers[values.buffer].shape[0]
    return _added(metric, buffers, rows, values.buffer, weights, lambda arrays: ([], arrays[values.buffer]))


@lowers(*updates_of(metrics.SparseCategoricalAccuracy))
def accuracy(effect, buffers):
    """How many predictions of a batch are right."""
    return _among_classes(effect, buffers, hits_job)


@lowers(*updates_of(metrics.SparseTopKCategoricalAccuracy))
def top_k_accuracy(effect, buffers):
    """How many labels are among the k largest predictions."""
    k = effect.function.__self__.k
    if effect.function.__self__.from_sorted_ids:
        return None
    return _among_classes(effect, buffers, lambda p, labels, hits: hits_among_top_job(p, labels, k, hits))


def _among_classes(effect, buffers, hits_job):
    """The `Lowering` of a metric of class indices, given a function (p, labels, hits) that makes the job."""
    given = labels_predictions_and_weights(effect)
    if given is None:
        return None
    labels, p, weights = given
    rows = buffers[p].shape[0] if len(buffers[p].shape) == 2 else None
    if buffers[labels].dtype != np.int64 or buffers[labels].shape not in ((rows,), (rows, 1)):
        return None
    hits = aligned((rows,))

    def made(arrays):
        return [hits_job(arrays[p], arrays[labels].reshape(-1), hits)], hits

    return _added(effect.function.__self__, buffers, rows, p, weights, made, labels)


@lowers(*updates_of(metrics.CategoricalAccuracy))
def categorical_accuracy(effect, buffers):
    """How many predictions of a batch are right, for one-hot labels."""
    return _among_one_hot_classes(effect, buffers, hits_job)


@lowers(*updates_of(metrics.TopKCategoricalAccuracy))
def top_k_categorical_accuracy(effect, buffers):
    """The same for the k largest."""
    k = effect.function.__self__.k
    return _among_one_hot_classes(effect, buffers, lambda p, labels, hits: hits_among_top_job(p, labels, k, hits))


def _among_one_hot_classes(effect, buffers, hits_job):
    """As `_among_classes`, where the label is at the maximum of a row."""
    given = labels_predictions_and_weights(effect)
    if given is None or len(buffers[given[1]].shape) != 2 or buffers[given[0]].shape[0] != buffers[given[1]].shape[0]:
        return None
    target, p, weights = given
    if len(buffers[target].shape) != 2 or not all_float32(buffers, (target,)):
        return None
    rows = buffers[p].shape[0]
    positions, hits = np.zeros(rows, np.int64), aligned((rows,))

    def made(arrays):
        return [argmax_job(arrays[target], positions), hits_job(arrays[p], positions, hits)], hits

    return _added(effect.function.__self__, buffers, rows, p, weights, made, target)


@lowers(*updates_of(metrics.BinaryAccuracy))
def binary_accuracy(effect, buffers):
    """How many predictions of a batch are on the label's side of the threshold."""
    given = labels_predictions_and_weights(effect)
    if given is None:
        return None
    labels, p, weights = given
    metric, shape = effect.function.__self__, buffers[p].shape
    alike = shape == buffers[labels].shape or {shape, buffers[labels].shape} == {shape[:1], (*shape[:1], 1)}
    if not shape or not alike or not all_float32(buffers, (labels, p)):
        return None
    hits = aligned(shape)

    def made(arrays):
        flat = [array.reshape(-1) for array in (arrays[p], arrays[labels], hits)]
        return [hits_of_sides_job(*flat[:2], float(metric.threshold), flat[2])], hits

    return _added(metric, buffers, shape[0], p, weights, made, labels)


def labels_predictions_and_weights(effect):
    """Buffers of labels and predictions, and the weights, of an update; None if it has other arguments."""
    if len(effect.args) != 2 or not effect.kwargs.keys() <= {"sample_weight"} or not all(map(_is_plain, effect.args)):
        return None
    return *[part.buffer for part in effect.args], effect.kwargs.get("sample_weight")


def _added(metric, buffers, rows, p, weights, made, *reads):
    """The `Lowering` that adds values to a metric's mean.

    Args:
        rows: the number of samples.
        p: the buffer of the predictions, or of the values.
        weights: None, or a `TensorAt` of one for each sample.
        made: function {buffer: array} -> (jobs that make the values, the values).
        reads: further buffers that these read.
    """
    state = metric.total, metric.count
    if not _all_float32_state(buffers, p, state):
        return None
    if not weights_fit(weights, buffers, rows):
        return None
    given = None if weights is None else weights.buffer

    def jobs(arrays):
        first, values = made(arrays)
        factors = np.ones(1, np.float32) if given is None else arrays[given].reshape(-1)
        return [*first, add_rows_job(values.reshape(rows, -1), factors, *_numbers_of(state))]

    return Lowering(jobs, (p, *reads, given), (), written=state)


def weights_fit(weights, buffers, rows):
    """Whether there are no weights, or one for each sample."""
    if weights is None:
        return True
    return (
        _is_plain(weights)
        and buffers[weights.buffer].shape in ((rows,), (rows, 1))
        and all_float32(buffers, (weights.buffer,))
    )


def _is_plain(part):
    return isinstance(part, TensorAt) and part.mask is None


def _all_float32_state(buffers, buffer, state):
    return all_float32(buffers, (buffer,)) and all(variable.array.dtype == np.float32 for variable in state)


def _numbers_of(state):
    return [binding_of(variable).tensor.array.reshape(1) for variable in state]
