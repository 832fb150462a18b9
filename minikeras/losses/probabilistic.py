"""Losses between distributions: Kullback–Leibler divergence, and the Poisson likelihood of counts."""

from minikeras import ops
from minikeras.config import epsilon
from minikeras.losses.labels import labels_and_predictions
from minikeras.losses.loss import BuiltInLoss


def kl_divergence(y_true, y_pred):
    """Σ y_true · ln(y_true / y_pred) over the last axis, both clipped to [ε, 1]: 0 only where they agree."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "kl_divergence")
    y_true, y_pred = ops.clip(y_true, epsilon(), 1.0), ops.clip(y_pred, epsilon(), 1.0)
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def poisson(y_true, y_pred):
    """mean (y_pred − y_true · ln(y_pred + ε)) over the last axis: −ln likelihood of counts y_true at rates y_pred.

    The constant ln(y_true!) is left out, as in Keras.
    """
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "poisson")
    return ops.mean(y_pred - y_true * ops.log(y_pred + epsilon()), axis=-1)


class KLDivergence(BuiltInLoss):
    """Σ y_true · ln(y_true / y_pred).

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(BuiltInLoss):
    """mean (y_pred − y_true · ln y_pred).

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        super().__init__(poisson, reduction, name, dtype)
