"""Counting hits and misses at one or many thresholds: what the confusion-matrix family of metrics is built on.

prediction > threshold        label 1: true positive      label 0: false positive
prediction ≤ threshold        label 1: false negative     label 0: true negative
"""

from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.config import epsilon
from minikeras.losses.ranks import squeeze_or_expand_to_same_rank

NOT_AMONG_TOP_K = -1e10  # what predictions outside the k greatest become: below every threshold


class Outcomes(NamedTuple):
    """Weighted counts, each of shape (thresholds,) or, label by label, (thresholds, labels)."""

    true_positives: np.ndarray
    false_positives: np.ndarray
    true_negatives: np.ndarray
    false_negatives: np.ndarray


def count_outcomes(
    y_true,
    y_pred,
    thresholds,
    sample_weight=None,
    top_k=None,
    class_id=None,
    by_label=False,
    label_weights=None,
    dtype="float32",
):
    """Weighted counts of the four outcomes at every threshold.

    Args:
        y_true: labels, true where they are not 0.
        y_pred: predictions of the same shape.
        thresholds: list of numbers.
        sample_weight: None, a number, one per sample, or one per prediction.
        top_k: count as predicted only what is among the k greatest of the last axis.
        class_id: look only at this place of the last axis.
        by_label: whether each place of the last axis gets counts of its own. Predictions have two axes then.
        label_weights: one factor for each place of the last axis.
        dtype: of the counts.

    Raises:
        ValueError: shapes that do not fit, or `class_id` outside the last axis.
    """
    y_pred, y_true = squeeze_or_expand_to_same_rank(as_array(y_pred, dtype), as_array(y_true, dtype))
    weights = _weights_beside(y_true, sample_weight, dtype)
    if top_k is not None:
        y_pred = _keep_top_k(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred = _one_class(y_true, y_pred, class_id)
    _check_shapes(y_true, y_pred)
    weights = _broadcast(weights, y_pred.shape)
    if label_weights is not None:
        weights = weights * label_weights
    columns = y_pred.shape if by_label else (-1, 1)  # (samples, labels)
    y_pred, positive = y_pred.reshape(columns), weights.reshape(columns) * (y_true.reshape(columns) != 0)
    negative = weights.reshape(columns) - positive
    count = _count_in_buckets if are_evenly_spaced(thresholds) else _count_by_comparison
    outcomes = count(y_pred, positive, negative, np.asarray(thresholds, dtype), dtype)
    return outcomes if by_label else Outcomes(*[counts[:, 0] for counts in outcomes])


def _count_by_comparison(y_pred, positive, negative, thresholds, dtype):
    above = (y_pred > thresholds[:, np.newaxis, np.newaxis]).astype(dtype)
    below = 1 - above

    def total(chosen, weights):
        return np.einsum("tnl,nl->tl", chosen, weights)

    return Outcomes(total(above, positive), total(above, negative), total(below, negative), total(below, positive))


def _count_in_buckets(y_pred, positive, negative, thresholds, dtype):
    """The same for thresholds i / (t − 1): one pass that sorts predictions into t buckets, instead of t comparisons.

    Bucket i holds predictions in (i / (t − 1), (i + 1) / (t − 1)]; what lies above threshold i is the content of the
    buckets from i on. A prediction of exactly 0 lies in bucket 0, so it counts as above threshold 0, as in Keras.
    """
    last = len(thresholds) - 1
    scaled = np.ceil(np.clip(y_pred, 0, 1) * y_pred.dtype.type(last)) - 1
    buckets = np.where(np.isnan(scaled), last + 1, np.maximum(scaled, 0)).astype(np.intp)

    def above(weights):
        columns = zip(buckets.T, weights.T, strict=True)
        histograms = [np.bincount(column, w, minlength=last + 2)[: last + 1] for column, w in columns]
        return np.cumsum(np.stack(histograms, axis=1)[::-1], axis=0)[::-1]

    true_positives, false_positives = above(positive), above(negative)
    outcomes = (
        true_positives,
        false_positives,
        negative.sum(axis=0, dtype="float64") - false_positives,
        positive.sum(axis=0, dtype="float64") - true_positives,
    )
    return Outcomes(*[counts.astype(dtype) for counts in outcomes])


def are_evenly_spaced(thresholds):
    """Whether thresholds are 0, 1/(t−1), 2/(t−1) … 1, for at least three of them."""
    if len(thresholds) < 3:
        return False
    return np.allclose(thresholds, np.linspace(0, 1, len(thresholds)), atol=epsilon())


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


def _weights_beside(y_true, sample_weight, dtype):
    """Weights with one axis per axis of the labels; one per sample stands in front of ones."""
    if sample_weight is None:
        return np.ones((), dtype)
    weights = as_array(sample_weight, dtype)[..., np.newaxis]
    _, weights = squeeze_or_expand_to_same_rank(y_true, weights, expand_rank_1=False)
    return weights


def _broadcast(weights, shape):
    try:
        return np.broadcast_to(weights, shape)
    except ValueError:
        raise ValueError(
            "`sample_weight` must be one weight per sample or one per prediction. "
            f"Received: sample_weight of shape {weights.shape} for predictions of shape {shape}."
        ) from None


def _keep_top_k(y_pred, top_k):
    """Predictions with all but the k greatest of the last axis put below every threshold; of equals the first stays."""
    if top_k > y_pred.shape[-1]:
        raise ValueError(f"`top_k` must not exceed the number of classes. Received: top_k={top_k}, {y_pred.shape=}.")
    order = np.argsort(-y_pred, axis=-1, kind="stable")[..., :top_k]
    kept = np.zeros(y_pred.shape, bool)
    np.put_along_axis(kept, order, True, axis=-1)
    return np.where(kept, y_pred, y_pred.dtype.type(NOT_AMONG_TOP_K))


def _one_class(y_true, y_pred, class_id):
    if y_pred.ndim < 2 or not -y_pred.shape[-1] <= class_id < y_pred.shape[-1]:
        raise ValueError(
            "With `class_id`, predictions must have shape (batch, classes), and `class_id` must be one of the classes. "
            f"Received: y_pred.shape={y_pred.shape}, class_id={class_id}."
        )
    return y_true[..., class_id, np.newaxis], y_pred[..., class_id, np.newaxis]


def _check_shapes(y_true, y_pred):
    if y_true.shape != y_pred.shape:
        raise ValueError(
            "Labels and predictions must have the same shape. "
            f"Received: y_true.shape={y_true.shape}, y_pred.shape={y_pred.shape}. "
            "For class numbers as labels, make them one-hot first with `keras.utils.to_categorical`."
        )
