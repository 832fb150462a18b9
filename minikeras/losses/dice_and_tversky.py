"""Losses for segmentation: one minus the overlap of two sets, given by degrees of membership between 0 and 1."""

from minikeras import ops
from minikeras.config import epsilon
from minikeras.losses.labels import labels_and_predictions
from minikeras.losses.loss import BuiltInLoss


def dice(y_true, y_pred, axis=None):
    """1 − 2 Σ t·p / (Σ t + Σ p + ε), sums over `axis` (all axes if None).

    (Milletari, Navab, Ahmadi: V-Net, 2016.)
    """
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "dice")
    shared = ops.sum(y_true * y_pred, axis=axis)
    return 1.0 - 2.0 * shared / (ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis) + epsilon())


def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    """1 − tp / (tp + α·missed + β·false + ε), with tp = Σ t·p, missed = Σ t·(1−p), false = Σ (1−t)·p.

    α = β = ½ is `dice`. (Salehi, Erdogmus, Gholipour: Tversky loss function, 2017.)
    A trap: in the paper and in Keras's documentation, α weights false positives and β false negatives. Keras's code has
    them the other way round, and so does this.

    Args:
        alpha: weight of false negatives.
        beta: weight of false positives.
        axis: axes of the sums; all if None.
    """
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "tversky")
    true_positives = ops.sum(y_true * y_pred, axis=axis)
    missed = ops.sum(y_true * (1.0 - y_pred), axis=axis)
    false = ops.sum((1.0 - y_true) * y_pred, axis=axis)
    return 1.0 - true_positives / (true_positives + missed * alpha + false * beta + epsilon())


class Dice(BuiltInLoss):
    """1 − 2 |T ∩ P| / (|T| + |P|).

    Args:
        reduction, name, dtype: as for `Loss`.
        axis: axes of the sums; all if None, which makes one loss of the whole batch.
    """

    def __init__(self, reduction="sum_over_batch_size", name="dice", axis=None, dtype=None):
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(BuiltInLoss):
    """1 − |T ∩ P| / (|T ∩ P| + α |T − P| + β |P − T|).

    Args:
        alpha, beta, axis: as for `tversky`.
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, alpha=0.5, beta=0.5, reduction="sum_over_batch_size", name="tversky", axis=None, dtype=None):
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)
