"""Correlations of label and prediction along an axis."""

from minikeras import ops
from minikeras.config import epsilon
from minikeras.losses.labels import labels_and_predictions
from minikeras.metrics.mean import BuiltInMeanMetric


def pearson_correlation(y_true, y_pred, axis=-1):
    """cov(t, p) / √(var t · var p) along `axis`, between −1 and 1: how nearly they are linearly related."""
    y_true, y_pred = _centred(y_true, y_pred, axis, "pearson_correlation")
    true_unit = y_true / ops.sqrt(ops.mean(ops.square(y_true), axis=axis, keepdims=True))
    pred_unit = y_pred / ops.sqrt(ops.mean(ops.square(y_pred), axis=axis, keepdims=True))
    return ops.mean(true_unit * pred_unit, axis=axis)


def concordance_correlation(y_true, y_pred, axis=-1):
    """2 cov(t, p) / (var t + var p + (mean t − mean p)²) along `axis`: 1 only where they are equal. (Lin, 1989.)"""
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "concordance_correlation")
    true_mean, pred_mean = ops.mean(y_true, axis=axis, keepdims=True), ops.mean(y_pred, axis=axis, keepdims=True)
    true_variance, pred_variance = ops.var(y_true, axis=axis), ops.var(y_pred, axis=axis)
    covariance = ops.mean((y_true - true_mean) * (y_pred - pred_mean), axis=axis)
    distance = ops.square(ops.squeeze(true_mean - pred_mean, axis=axis))
    return 2.0 * covariance / (true_variance + pred_variance + distance + epsilon())


def _centred(y_true, y_pred, axis, name):
    y_true, y_pred = labels_and_predictions(y_true, y_pred, name)
    return y_true - ops.mean(y_true, axis=axis, keepdims=True), y_pred - ops.mean(y_pred, axis=axis, keepdims=True)


class PearsonCorrelation(BuiltInMeanMetric):
    """The mean Pearson correlation of label and prediction.

    Args:
        name, dtype: as for `Metric`.
        axis: the axis along which they are correlated.
    """

    _direction = "up"

    def __init__(self, name="pearson_correlation", dtype=None, axis=-1):
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(BuiltInMeanMetric):
    """The mean concordance correlation of label and prediction.

    Args:
        name, dtype: as for `Metric`.
        axis: the axis along which they are correlated.
    """

    _direction = "up"

    def __init__(self, name="concordance_correlation", dtype=None, axis=-1):
        super().__init__(concordance_correlation, name, dtype, axis=axis)
