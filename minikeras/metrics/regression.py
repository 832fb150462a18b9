"""Metrics for regression: means of regression losses over all samples, and the root of one."""

import numpy as np

from minikeras import losses, ops
from minikeras.autodiff.state import stop_recording
from minikeras.autodiff.tensor import Tensor
from minikeras.losses.labels import squeeze_or_expand_to_same_rank
from minikeras.metrics.mean import BuiltInMeanMetric, Mean


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


class MeanAbsolutePercentageError(BuiltInMeanMetric):
    """100 · mean |y_true − y_pred| / |y_true|.

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(losses.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(BuiltInMeanMetric):
    """mean (ln(1 + y_true) − ln(1 + y_pred))².

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype)


class LogCoshError(BuiltInMeanMetric):
    """mean ln cosh(y_pred − y_true).

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(losses.log_cosh, name, dtype)


def cosine_similarity(y_true, y_pred, axis=-1):
    """The cosine of the angle between label and prediction along `axis`: 1 for the same direction (the loss: −1)."""
    return ops.negative(losses.cosine_similarity(y_true, y_pred, axis=axis))


class CosineSimilarity(BuiltInMeanMetric):
    """The mean cosine of the angle between label and prediction.

    Args:
        name, dtype: as for `Metric`.
        axis: the axis along which they are vectors.
    """

    _direction = "up"
    hidden_while_default = {"axis": -1}
    fn_is_of_ops = True

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(cosine_similarity, name, dtype, axis=axis)


class RootMeanSquaredError(Mean):
    """√ mean (y_true − y_pred)²: the root of the mean over all samples, not the mean of batch roots.

    Args:
        name, dtype: as for `Metric`.
    """

    _direction = "down"
    is_of_ops = True

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch."""
        with stop_recording():
            y_true, y_pred = (ops.convert_to_tensor(y, self.dtype) for y in (y_true, y_pred))
            y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
            squares = ops.square(y_pred - y_true)
        self.accumulate(squares, sample_weight)

    def result(self):
        return Tensor(np.sqrt(super().result().array))
