"""Metrics of predicted distributions: the means of crossentropies, KL divergence and Poisson loss."""

from minikeras import losses
from minikeras.metrics.mean import BuiltInMeanMetric


class KLDivergence(BuiltInMeanMetric):
    """mean Σ y_true · ln(y_true / y_pred).

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(losses.kl_divergence, name, dtype)


class Poisson(BuiltInMeanMetric):
    """mean (y_pred − y_true · ln y_pred).

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="poisson", dtype=None):
        super().__init__(losses.poisson, name, dtype)


class BinaryCrossentropy(BuiltInMeanMetric):
    """mean −(y ln p + (1 − y) ln(1 − p)).

    Args:
        name, dtype: as for `Metric`.
        from_logits, label_smoothing: as for `losses.binary_crossentropy`.
    """

    def __init__(self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0):
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(losses.binary_crossentropy, name, dtype, **arguments)


class CategoricalCrossentropy(BuiltInMeanMetric):
    """mean −Σ y ln p for one-hot labels.

    Args:
        name, dtype: as for `Metric`.
        from_logits, label_smoothing, axis: as for `losses.categorical_crossentropy`.
    """

    def __init__(self, name="categorical_crossentropy", dtype=None, from_logits=False, label_smoothing=0, axis=-1):
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(losses.categorical_crossentropy, name, dtype, **arguments)


class SparseCategoricalCrossentropy(BuiltInMeanMetric):
    """mean −ln p[y] for class indices.

    Args:
        name, dtype: as for `Metric`.
        from_logits, ignore_class, axis: as for `losses.sparse_categorical_crossentropy`. As in Keras, ignored positions
            enter the mean as losses of 0, unless there are sample weights.
    """

    def __init__(
        self, name="sparse_categorical_crossentropy", dtype=None, from_logits=False, ignore_class=None, axis=-1
    ):
        arguments = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(losses.sparse_categorical_crossentropy, name, dtype, **arguments)
