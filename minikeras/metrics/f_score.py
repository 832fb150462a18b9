"""F-scores: the harmonic mean of precision and recall."""

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.config import epsilon
from minikeras.metrics.metric import Metric, add_to, as_result

AVERAGES = (None, "micro", "macro", "weighted")
ZERO = 1e-9  # a row of zeros has no largest prediction


class FBetaScore(Metric):
    """(1 + β²) · precision · recall / (β² · precision + recall) for each class.

    Args:
        average: None (one score per class), "micro" (one score of all predictions together), "macro" (the mean over
            classes) or "weighted" (the mean weighted by how often each class is the label).
        beta: β; above 1, recall weighs more; below 1, precision.
        threshold: predictions above it count as 1; if None, the largest of each row does.
        name, dtype: as for `Metric`.
    """

    _direction = "up"

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(name=name, dtype=dtype)
        if average not in AVERAGES:
            raise ValueError(f"Invalid `average` argument value. Expected one of: {AVERAGES}. Received: {average=}")
        if not isinstance(beta, float) or beta <= 0:
            raise ValueError(f"Invalid `beta` argument value: a Python float > 0 is needed. Received: {beta=}")
        if threshold is not None and (not isinstance(threshold, float) or not 0 < threshold <= 1):
            raise ValueError(
                "Invalid `threshold` argument value: a Python float, 0 < threshold <= 1, is needed. "
                f"Received: {threshold=}"
            )
        self.average, self.beta, self.threshold = average, beta, threshold
        self.axis = None if average == "micro" else 0
        self._built = False

    def _build(self, true_shape, pred_shape):
        if len(true_shape) != 2 or len(pred_shape) != 2 or None in (true_shape[1], pred_shape[1]):
            raise ValueError(
                f"{type(self).__name__} expects 2D inputs with shape (batch_size, output_dim): labels and predictions, "
                "with a known number of classes. "
                f"Received: y_true.shape={true_shape}, y_pred.shape={pred_shape}."
            )
        shape = () if self.average == "micro" else (pred_shape[1],)
        self.true_positives = self.add_variable(shape, "zeros", dtype=self.dtype, name="true_positives")
        self.false_positives = self.add_variable(shape, "zeros", dtype=self.dtype, name="false_positives")
        self.false_negatives = self.add_variable(shape, "zeros", dtype=self.dtype, name="false_negatives")
        self.intermediate_weights = self.add_variable(shape, "zeros", dtype=self.dtype, name="intermediate_weights")
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch of one-hot (or multi-hot) labels and scores."""
        y_true, y_pred = as_array(y_true, self.dtype), as_array(y_pred, self.dtype)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        chosen = self._chosen(y_pred).astype(self.dtype)
        weights = self._weights(sample_weight, len(y_true))

        def total(values):
            return (values * weights).sum(axis=self.axis)

        add_to(self.true_positives, total(chosen * y_true))
        add_to(self.false_positives, total(chosen * (1 - y_true)))
        add_to(self.false_negatives, total((1 - chosen) * y_true))
        add_to(self.intermediate_weights, total(y_true))

    def _weights(self, sample_weight, samples):
        if sample_weight is None:
            return np.ones((1, 1), self.dtype)
        weights = as_array(sample_weight, self.dtype)
        if weights.shape != (samples,):
            raise ValueError(
                f"`sample_weight` must be one weight per sample, of shape {(samples,)}. "
                f"Received: sample_weight of shape {weights.shape}."
            )
        return weights[:, np.newaxis]

    def _chosen(self, y_pred):
        if self.threshold is not None:
            return y_pred > self.threshold
        return (y_pred >= y_pred.max(axis=-1, keepdims=True)) & (np.abs(y_pred) > ZERO)

    def result(self):
        if not self._built:
            return as_result(0, self.dtype)
        tp, fp, fn = self.true_positives.array, self.false_positives.array, self.false_negatives.array
        precision, recall = tp / (tp + fp + epsilon()), tp / (tp + fn + epsilon())
        beta_squared = self.beta**2
        scores = precision * recall * (1 + beta_squared) / (beta_squared * precision + recall + epsilon())
        if self.average == "weighted":
            counts = self.intermediate_weights.array
            return as_result((scores * (counts / (counts.sum() + epsilon()))).sum(), self.dtype)
        return as_result(scores if self.average is None else scores.mean(), self.dtype)

    def get_config(self):
        arguments = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**super().get_config(), **arguments}


class F1Score(FBetaScore):
    """2 · precision · recall / (precision + recall): `FBetaScore` with β = 1.

    Args:
        average, threshold, name, dtype: as for `FBetaScore`.
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)

    def get_config(self):
        return {name: value for name, value in super().get_config().items() if name != "beta"}
