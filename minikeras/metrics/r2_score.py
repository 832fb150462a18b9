"""`R2Score`: the fraction of the labels' variance that the predictions explain."""

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.messages import warn
from minikeras.config import floatx
from minikeras.losses.labels import squeeze_or_expand_to_same_rank
from minikeras.metrics.metric import Metric, add_to

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


class R2Score(Metric):
    """R² = 1 − Σ (y_true − y_pred)² / Σ (y_true − mean)²: 1 is perfect, 0 no better than the mean of the labels.

    Args:
        class_aggregation: None (one score per output), "uniform_average" (their mean) or "variance_weighted_average"
            (their mean, weighted by the variance of each).
        num_regressors: p, the number of the model's inputs, in the adjusted score 1 − (1 − R²)(n − 1) / (n − p − 1). 0
            gives the plain score. As in Keras, n counts labels, not samples, if each sample has several.
        name, dtype: as for `Metric`.
    """

    _direction = "up"

    def __init__(self, class_aggregation="uniform_average", num_regressors=0, name="r2_score", dtype=None):
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in AGGREGATIONS:
            raise ValueError(
                f"Invalid value for argument `class_aggregation`: it must be one of {AGGREGATIONS}. "
                f"Received: class_aggregation={class_aggregation}"
            )
        if num_regressors < 0:
            raise ValueError(
                f"Invalid value for argument `num_regressors`: it must be 0 or more. Received: {num_regressors=}"
            )
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, true_shape, pred_shape):
        if len(true_shape) != 2 or len(pred_shape) != 2 or true_shape[1] != pred_shape[1]:
            raise ValueError(
                "R2Score expects labels and predictions of the same shape (batch, outputs). "
                f"Received: y_true.shape={true_shape}, y_pred.shape={pred_shape}."
            )
        shape = (true_shape[1],)
        self.squared_sum = self.add_variable(shape, "zeros", name="squared_sum")
        self.sum = self.add_variable(shape, "zeros", name="sum")
        self.total_mse = self.add_variable(shape, "zeros", name="residual")
        self.count = self.add_variable(shape, "zeros", name="count")
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch to the weighted sums of labels, of their squares, and of squared errors."""
        y_true, y_pred = squeeze_or_expand_to_same_rank(as_array(y_true, floatx()), as_array(y_pred, floatx()))
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        weights = np.ones((), floatx()) if sample_weight is None else as_array(sample_weight, floatx())
        weights = np.broadcast_to(weights[:, np.newaxis] if weights.ndim == 1 else weights, y_true.shape)
        add_to(self.squared_sum, (y_true * y_true * weights).sum(axis=0))
        add_to(self.sum, (y_true * weights).sum(axis=0))
        add_to(self.total_mse, (np.square(y_true - y_pred) * weights).sum(axis=0))
        add_to(self.count, weights.sum(axis=0))
        add_to(self.num_samples, y_true.size)

    def result(self):
        if not self._built:
            return Tensor(np.zeros((), floatx()))
        with np.errstate(divide="ignore", invalid="ignore"):  # labels of no variance
            mean = self.sum.array / self.count.array
            variance = self.squared_sum.array - self.sum.array * mean
            scores = 1 - self.total_mse.array / variance
            scores = np.where(np.isinf(scores), self.total_mse.array.dtype.type(0), scores)
            if self.class_aggregation == "uniform_average":
                scores = scores.mean()
            elif self.class_aggregation == "variance_weighted_average":
                scores = (variance * scores).sum() / variance.sum()
        return Tensor(self._adjusted(scores))

    def _adjusted(self, scores):
        if self.num_regressors == 0:
            return scores
        n, p = self.num_samples.array, self.num_regressors
        if n == 0:
            return scores
        if p >= n - 1:
            warn(
                f"{p} regressors need more than {p + 1} labels for the adjusted R² score; there are {int(n)}. "
                "The plain score is returned instead."
            )
            return scores
        return 1 - (1 - scores) * (n - 1) / (n - p - 1)

    def get_config(self):
        arguments = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **arguments}
