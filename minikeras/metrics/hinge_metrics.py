"""The means of hinge losses."""

from minikeras import losses
from minikeras.metrics.mean import BuiltInMeanMetric


class Hinge(BuiltInMeanMetric):
    """mean max(1 − y_true · y_pred, 0).

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="hinge", dtype=None):
        super().__init__(losses.hinge, name, dtype)


class SquaredHinge(BuiltInMeanMetric):
    """mean max(1 − y_true · y_pred, 0)².

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(losses.squared_hinge, name, dtype)


class CategoricalHinge(BuiltInMeanMetric):
    """mean max(1 + largest wrong score − right score, 0).

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(losses.categorical_hinge, name, dtype)
