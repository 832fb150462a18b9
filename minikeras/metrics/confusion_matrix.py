"""Counting of true and false predictions at one or many thresholds: the base of the confusion-matrix metrics.

prediction > threshold        label 1: true positive      label 0: false positive
prediction ≤ threshold        label 1: false negative     label 0: true negative
"""

from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.config import epsilon, floatx
from minikeras.losses.labels import squeeze_or_expand_to_same_rank
from minikeras.metrics.mean import broadcast_weights

NOT_AMONG_TOP_K = -1e10  # replaces predictions outside the k largest; below every threshold


class ConfusionCounts(NamedTuple):
    """Weighted counts, each of shape (thresholds,) or, label by label, (thresholds, labels)."""

    true_positives: np.ndarray
    false_positives: np.ndarray
    true_negatives: np.ndarray
    false_negatives: np.ndarray


class Thresholds:
    """Thresholds, with what all batches share computed beforehand.

    Args:
        given: list of numbers, in any order.
    """

    def __init__(self, given):
        self.given = given
        self.values = np.asarray(given, floatx())
        self.in_order = np.sort(self.values)
        self.positions = np.argsort(np.argsort(self.values, kind="stable"))  # of the given ones in sorted order
        # decided on the given numbers: AUC's first, −1e-7, is a little smaller in float32, and too far from 0
        self.are_evenly_spaced = _are_evenly_spaced(np.asarray(given, "float64"))

    def below(self, y_pred):
        """How many of the thresholds each prediction exceeds; 0 for NaN.

        For thresholds 0, 1/(t−1), 2/(t−1) … 1 this is a multiplication, whose rounding may make 0.3 exceed 0.3, as in
        Keras.
        """
        if self.are_evenly_spaced:
            exceeded = np.ceil(np.clip(y_pred, 0, 1) * y_pred.dtype.type(len(self.values) - 1))
            exceeded = np.maximum(exceeded, 1 if self.values[0] < 0 else 0)
        else:
            exceeded = np.searchsorted(self.in_order, y_pred, side="left")
        return np.where(np.isnan(y_pred), 0, exceeded).astype(np.intp)

    def above_and_not(self, below, weights):
        """Total weight of predictions above each threshold, and of those not above; both (thresholds, labels).

        One pass sorts predictions into buckets by how many thresholds they exceed; those that exceed more than i are
        above the i-th threshold.
        """
        labels, buckets = below.shape[1], len(self.values) + 1
        cells = below + buckets * np.arange(labels)
        histogram = (
            np.bincount(cells.ravel().astype(np.intp, copy=False), weights.ravel(), minlength=labels * buckets)
            .reshape(labels, buckets)
            .T
        )
        above = np.cumsum(histogram[::-1], axis=0)[::-1][1:]
        not_above = np.cumsum(histogram, axis=0)[:-1]
        return above[self.positions], not_above[self.positions]


def _are_evenly_spaced(thresholds):
    if len(thresholds) < 3:
        return False
    return np.allclose(thresholds, np.linspace(0, 1, len(thresholds)), atol=epsilon())


def count_confusion(
    y_true,
    y_pred,
    thresholds,
    sample_weight=None,
    top_k=None,
    class_id=None,
    by_label=False,
    label_weights=None,
):
    """The four weighted confusion counts at every threshold, in `floatx()`.

    Args:
        y_true: labels, positive where they are not 0.
        y_pred: predictions of the same shape.
        thresholds: `Thresholds`.
        sample_weight: None, a number, one per sample, or one per prediction.
        top_k: if given, only the k largest along the last axis count as predicted.
        class_id: if given, only this index of the last axis is counted.
        by_label: whether to count each index of the last axis separately. Predictions then have two axes.
        label_weights: one weight for each index of the last axis.

    Raises:
        ValueError: shapes do not match, or `class_id` is outside the last axis.
    """
    dtype = floatx()
    y_pred, y_true = squeeze_or_expand_to_same_rank(as_array(y_pred, dtype), as_array(y_true, dtype))
    weights = _weights_like(y_true, sample_weight, dtype)
    if top_k is not None:
        y_pred = _keep_top_k(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred = _one_class(y_true, y_pred, class_id)
    _check_shapes(y_true, y_pred)
    weights = broadcast_weights(weights, y_pred.shape)
    if label_weights is not None:
        weights = weights * label_weights
    columns = y_pred.shape if by_label else (-1, 1)  # (samples, labels)
    positive = weights.reshape(columns) * (y_true.reshape(columns) != 0)
    negative = weights.reshape(columns) - positive
    below = thresholds.below(y_pred.reshape(columns))
    true_positives, false_negatives = thresholds.above_and_not(below, positive)
    false_positives, true_negatives = thresholds.above_and_not(below, negative)
    confusion = (true_positives, false_positives, true_negatives, false_negatives)
    return ConfusionCounts(*[(counts if by_label else counts[:, 0]).astype(dtype) for counts in confusion])


def check_thresholds(thresholds, default):
    """Thresholds as a list: [default] for None, [t] for a number.

    Raises:
        ValueError: one does not lie between 0 and 1.
    """
    if thresholds is None:
        return [default]
    thresholds = list(thresholds) if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]
    wrong = [t for t in thresholds if t is None or not 0 <= t <= 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Received: {wrong}")
    return thresholds


def _weights_like(y_true, sample_weight, dtype):
    """Weights with one axis per axis of the labels; one per sample gets trailing axes of length 1."""
    if sample_weight is None:
        return np.ones((), dtype)
    weights = as_array(sample_weight, dtype)[..., np.newaxis]
    _, weights = squeeze_or_expand_to_same_rank(y_true, weights, expand_rank_1=False)
    return weights


def _keep_top_k(y_pred, top_k):
    """Predictions with all but the k largest of the last axis moved below every threshold; ties go to the first."""
    if top_k > y_pred.shape[-1]:
        raise ValueError(f"`top_k` must not exceed the number of classes. Received: top_k={top_k}, {y_pred.shape=}.")
    order = np.argsort(-y_pred, axis=-1, kind="stable")[..., :top_k]
    kept = np.zeros(y_pred.shape, bool)
    np.put_along_axis(kept, order, True, axis=-1)
    return np.where(kept, y_pred, y_pred.dtype.type(NOT_AMONG_TOP_K))


def _one_class(y_true, y_pred, class_id):
    if y_pred.ndim < 2 or not -y_pred.shape[-1] <= class_id < y_pred.shape[-1]:
        raise ValueError(
            "When class_id is given, y_pred must have the shape (samples, classes), and it must be one of the classes. "
            f"Received: y_pred.shape={y_pred.shape}, class_id={class_id}."
        )
    return y_true[..., class_id, np.newaxis], y_pred[..., class_id, np.newaxis]


def _check_shapes(y_true, y_pred):
    if y_true.shape != y_pred.shape:
        raise ValueError(
            "Labels and predictions must have the same shape. "
            f"Received: y_true.shape={y_true.shape}, y_pred.shape={y_pred.shape}. "
            "Convert class indices to one-hot labels with `keras.utils.to_categorical`."
        )
