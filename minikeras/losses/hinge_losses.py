"""Hinge losses: predictions beyond a margin cost nothing (support vector machines)."""

from minikeras import ops
from minikeras.losses.labels import labels_and_predictions
from minikeras.losses.loss import BuiltInLoss


def hinge(y_true, y_pred):
    """mean max(1 − y_true · y_pred, 0) over the last axis, with labels −1 and 1 (0 and 1 are converted)."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "hinge")
    return ops.mean(ops.maximum(1.0 - _as_signs(y_true) * y_pred, 0.0), axis=-1)


def squared_hinge(y_true, y_pred):
    """mean max(1 − y_true · y_pred, 0)² over the last axis, with labels −1 and 1 (0 and 1 are converted)."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "squared_hinge")
    return ops.mean(ops.square(ops.maximum(1.0 - _as_signs(y_true) * y_pred, 0.0)), axis=-1)


def categorical_hinge(y_true, y_pred):
    """max(1 + largest score of a wrong class − score of the right class, 0), with one-hot labels."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "categorical_hinge")
    right = ops.sum(y_true * y_pred, axis=-1)
    wrong = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(wrong - right + 1.0, 0.0)


def _as_signs(y_true):
    """Convert labels 0 and 1 to −1 and 1; labels with other values are returned unchanged."""
    are_binary = ops.all(ops.logical_or(y_true == 0.0, y_true == 1.0))
    return ops.where(are_binary, 2.0 * y_true - 1.0, y_true)


class Hinge(BuiltInLoss):
    """mean max(1 − y_true · y_pred, 0).

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(BuiltInLoss):
    """mean max(1 − y_true · y_pred, 0)².

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(BuiltInLoss):
    """max(1 + largest wrong score − right score, 0).

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(categorical_hinge, reduction, name, dtype)
