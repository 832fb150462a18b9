"""Metrics for numbers: the mean of a regression loss over all samples."""

from minikeras import losses
from minikeras.metrics.mean import BuiltInMeanMetric


class MeanSquaredError(BuiltInMeanMetric):
    """mean (y_true − y_pred)².

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="mean_squared_error", dtype=None):
        super().__init__(losses.mean_squared_error, name, dtype)


class MeanAbsoluteError(BuiltInMeanMetric):
    """mean |y_true − y_pred|.

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(losses.mean_absolute_error, name, dtype)
