"""Accuracies: the fraction of correct predictions. The functions return 1.0 or 0.0 for each prediction."""

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.config import floatx
from minikeras.losses.labels import squeeze_or_expand_to_same_rank
from minikeras.metrics.mean import BuiltInMeanMetric


def accuracy(y_true, y_pred):
    """1 where the label equals the prediction, element by element."""
    y_true, y_pred = squeeze_or_expand_to_same_rank(as_array(y_true), as_array(y_pred))
    return _matches(y_true, y_pred, "accuracy")


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """1 where the label equals (y_pred > threshold), element by element."""
    y_true, y_pred = squeeze_or_expand_to_same_rank(as_array(y_true), as_array(y_pred))
    return _matches(y_true, y_pred > threshold, "binary_accuracy")


def categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the index of the largest label (the 1 of a one-hot label)."""
    return _matches(as_array(y_true).argmax(axis=-1), as_array(y_pred).argmax(axis=-1), "categorical_accuracy")


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the index of the largest prediction is the label, a class index."""
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.ndim > 1 and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    return _matches(y_true, y_pred.argmax(axis=-1), "sparse_categorical_accuracy")


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the class of the largest label is among the k largest predictions."""
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    return Tensor(_in_top_k(y_true.argmax(axis=-1), y_pred, k, "top_k_categorical_accuracy"))


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """1 where the class index `y_true` is among the k largest predictions.

    Args:
        y_true: class indices.
        y_pred: scores of all classes; with `from_sorted_ids=True` class indices, the best first.
        k: how many predictions count.
        from_sorted_ids: whether `y_pred` has sorted class indices instead of scores.
    """
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    name = "sparse_top_k_categorical_accuracy"
    if not from_sorted_ids:
        return Tensor(_in_top_k(y_true, y_pred, k, name))
    labels = y_true if y_true.ndim == y_pred.ndim else y_true[..., np.newaxis]
    hits = (labels == y_pred[..., :k]).any(axis=-1)
    return Tensor(hits.reshape(y_true.shape).astype(floatx()))


def _in_top_k(classes, scores, k, name):
    """1 where fewer than k scores are above that of the given class. Equal scores all count, as in TensorFlow."""
    flat_scores = scores.reshape(-1, scores.shape[-1])
    flat_classes = classes.reshape(-1).astype(np.int64)
    if len(flat_classes) != len(flat_scores):
        raise ValueError(_shape_message(name, classes.shape, scores.shape))
    exists = (flat_classes >= 0) & (flat_classes < flat_scores.shape[1])
    own = flat_scores[np.arange(len(flat_classes)), np.where(exists, flat_classes, 0)]
    above = (flat_scores > own[:, np.newaxis]).sum(axis=1)
    hits = exists & (above < k) & np.isfinite(own)
    return hits.reshape(classes.shape).astype(floatx())


def _matches(labels, predictions, name):
    try:
        return Tensor(np.equal(labels, predictions).astype(floatx()))
    except ValueError:
        raise ValueError(_shape_message(name, labels.shape, predictions.shape)) from None


def _shape_message(name, true_shape, pred_shape):
    return (
        f"{name}: labels and predictions have shapes that do not fit. Received, reduced to the elements to compare: "
        f"y_true of shape {true_shape}, y_pred of shape {pred_shape}."
    )


class Accuracy(BuiltInMeanMetric):
    """How often predictions equal labels.

    Args:
        name, dtype: as for `Metric`.
    """

    _direction = "up"

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(BuiltInMeanMetric):
    """How often predictions lie on the label's side of a threshold.

    Args:
        threshold: predictions above it count as 1.
        name, dtype: as for `Metric`.
    """

    _direction = "up"
    equivalent_label_dtype = "float32"

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(BuiltInMeanMetric):
    """How often the largest prediction is that of the one-hot label's class.

    Args:
        name, dtype: as for `Metric`.
    """

    _direction = "up"

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(BuiltInMeanMetric):
    """How often the largest prediction is that of the label, a class index.

    Args:
        name, dtype: as for `Metric`.
    """

    _direction = "up"
    equivalent_label_dtype = "int64"

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(BuiltInMeanMetric):
    """How often the one-hot label's class is among the k largest predictions.

    Args:
        k: how many predictions count.
        name, dtype: as for `Metric`.
    """

    _direction = "up"

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(BuiltInMeanMetric):
    """How often the label, a class index, is among the k largest predictions.

    Args:
        k: how many predictions count.
        from_sorted_ids: whether predictions are class indices, the best first, instead of scores.
        name, dtype: as for `Metric`.
    """

    _direction = "up"
    equivalent_label_dtype = "int64"
    hidden_while_default = {"from_sorted_ids": False}

    def __init__(self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None, from_sorted_ids=False):
        arguments = {"k": k, "from_sorted_ids": from_sorted_ids}
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, **arguments)
