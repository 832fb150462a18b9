"""Updates of metrics with confusion counts (true and false positives and negatives), as jobs."""

import math

import numpy as np

from minikeras import metrics
from minikeras.kernels.confusion_jobs import count_confusion_job
from minikeras.kernels.memory import aligned
from minikeras.metrics.confusion_matrix import ConfusionCounts
from minikeras.plans.bindings import binding_of
from minikeras.plans.lower import Lowering, all_float32, lowers
from minikeras.plans.lowerings.metrics import labels_predictions_and_weights, updates_of, weights_fit

METRICS = (
    *(metrics.AUC, metrics.Precision, metrics.Recall),
    *(metrics.TruePositives, metrics.FalsePositives, metrics.TrueNegatives, metrics.FalseNegatives),
)


@lowers(*updates_of(*METRICS))
def confusion(effect, buffers):
    """The counts of a batch, added to the metric's."""
    metric, given = effect.function.__self__, labels_predictions_and_weights(effect)
    state = metric.counted_by_thresholds
    if given is None or state is None:
        return None
    labels, p, weights = given
    shape, rows = buffers[p].shape, buffers[p].shape[:1]
    alike = shape == buffers[labels].shape or {shape, buffers[labels].shape} == {rows, (*rows, 1)}
    if not 0 < len(shape) < 3 or not alike or not all_float32(buffers, (labels, p)):
        return None
    if not weights_fit(weights, buffers, rows[0]) or any(v.array.dtype != np.float32 for v in state.values()):
        return None
    buffer = None if weights is None else weights.buffer
    ones, unused = (
        np.ones(math.prod(shape), np.float32),
        aligned((len(ConfusionCounts._fields), len(metric.thresholds))),
    )

    def jobs(arrays):
        of_samples = ones if buffer is None else arrays[buffer].reshape(-1)
        counts = [
            binding_of(state[name]).tensor.array if name in state else unused[k]
            for k, name in enumerate(ConfusionCounts._fields)
        ]
        flat = [arrays[i].reshape(-1) for i in (labels, p)]
        return [count_confusion_job(*flat, of_samples, metric.threshold_table, counts)]

    return Lowering(jobs, (labels, p, buffer), (), written=list(state.values()))
