"""Losses for regression: how far the prediction is from the label. Means are over the last axis."""

import math

from minikeras import ops
from minikeras.config import epsilon
from minikeras.losses.labels import labels_and_predictions
from minikeras.losses.loss import BuiltInLoss


def mean_squared_error(y_true, y_pred):
    """mean (y_true − y_pred)², of shape (batch, …) without the last axis."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "mean_squared_error")
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true, y_pred):
    """mean |y_true − y_pred|."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "mean_absolute_error")
    return ops.mean(ops.absolute(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true, y_pred):
    """100 · mean |y_true − y_pred| / max(|y_true|, ε). It becomes huge for labels near 0."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "mean_absolute_percentage_error")
    relative = ops.absolute((y_true - y_pred) / ops.maximum(ops.absolute(y_true), epsilon()))
    return 100.0 * ops.mean(relative, axis=-1)


def mean_squared_logarithmic_error(y_true, y_pred):
    """mean (ln(1 + y_true) − ln(1 + y_pred))², with both at least ε: a measure of relative error."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "mean_squared_logarithmic_error")
    lower_bound = ops.convert_to_tensor(epsilon())  # float32, so that float16 is computed in float32
    log_pred = ops.log(ops.maximum(y_pred, lower_bound) + 1.0)
    log_true = ops.log(ops.maximum(y_true, lower_bound) + 1.0)
    return ops.mean(ops.square(log_pred - log_true), axis=-1)


def cosine_similarity(y_true, y_pred, axis=-1):
    """−Σ ŷ_true · ŷ_pred with both of length 1 along `axis`: −1 for the same direction, 0 at right angles."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "cosine_similarity")
    return -ops.sum(ops.normalize(y_true, axis=axis) * ops.normalize(y_pred, axis=axis), axis=axis)


def huber(y_true, y_pred, delta=1.0):
    """mean of ½e² where |e| ≤ δ, else δ|e| − ½δ², with e = y_pred − y_true: quadratic near 0, linear far out."""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "huber")
    error = y_pred - y_true
    size = ops.absolute(error)
    return ops.mean(ops.where(size <= delta, 0.5 * ops.square(error), delta * size - 0.5 * delta**2), axis=-1)


def log_cosh(y_true, y_pred):
    """mean ln cosh e with e = y_pred − y_true: ½e² near 0, |e| − ln 2 far out.

    Computed as e + softplus(−2e) − ln 2, which never overflows.
    """
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "log_cosh")
    error = y_pred - y_true
    return ops.mean(error + ops.softplus(error * -2.0) - math.log(2.0), axis=-1)


class MeanSquaredError(BuiltInLoss):
    """mean (y_true − y_pred)².

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(BuiltInLoss):
    """mean |y_true − y_pred|.

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(BuiltInLoss):
    """100 · mean |y_true − y_pred| / |y_true|.

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None):
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(BuiltInLoss):
    """mean (ln(1 + y_true) − ln(1 + y_pred))².

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(BuiltInLoss):
    """−cos of the angle between label and prediction.

    Args:
        axis: the axis along which they are vectors.
        reduction, name, dtype: as for `Loss`.
    """

    hidden_while_default = {"axis": -1}

    def __init__(self, axis=-1, reduction="sum_over_batch_size", name="cosine_similarity", dtype=None):
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(BuiltInLoss):
    """½e² for small errors, δ|e| − ½δ² for large ones, so that the gradient of outliers is bounded.

    Args:
        delta: the error at which the loss turns from quadratic to linear.
        reduction, name, dtype: as for `Loss`.
    """

    hidden_while_default = {"delta": 1.0}

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(BuiltInLoss):
    """mean ln cosh(y_pred − y_true).

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(log_cosh, reduction, name, dtype)
