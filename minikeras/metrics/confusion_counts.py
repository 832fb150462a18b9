"""The numbers of true and false positives and negatives."""

from minikeras.autodiff.tensor import Tensor
from minikeras.metrics.confusion_matrix import Thresholds, check_thresholds, count_confusion
from minikeras.metrics.metric import Metric, add_to


class ConfusionCount(Metric):
    """Base class: one of the four confusion counts, weighted, at one or several thresholds.

    Args:
        thresholds: number or list between 0 and 1; predictions above count as 1. 0.5 if None.
        name, dtype: as for `Metric`.

    Class attributes:
        count_name: the field of `ConfusionCounts` that is counted.
    """

    count_name = None

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = check_thresholds(thresholds, default=0.5)
        self.threshold_table = Thresholds(self.thresholds)
        self.accumulator = self.add_variable((len(self.thresholds),), "zeros", name="accumulator")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch."""
        confusion = count_confusion(y_true, y_pred, self.threshold_table, sample_weight)
        add_to(self.accumulator, getattr(confusion, self.count_name))

    @property
    def counted_by_thresholds(self):
        """{field of `ConfusionCounts`: the Variable that counts it}."""
        return {self.count_name: self.accumulator}

    def result(self):
        counts = self.accumulator.array
        return Tensor(counts[0] if len(self.thresholds) == 1 else counts.copy())

    def get_config(self):
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(ConfusionCount):
    """How many predictions above the threshold have label 1.

    Args:
        thresholds, name, dtype: as for `ConfusionCount`.
    """

    count_name = "true_positives"


class FalsePositives(ConfusionCount):
    """How many predictions above the threshold have label 0.

    Args:
        thresholds, name, dtype: as for `ConfusionCount`.
    """

    count_name = "false_positives"


class TrueNegatives(ConfusionCount):
    """How many predictions at or below the threshold have label 0.

    Args:
        thresholds, name, dtype: as for `ConfusionCount`.
    """

    count_name = "true_negatives"


class FalseNegatives(ConfusionCount):
    """How many predictions at or below the threshold have label 1.

    Args:
        thresholds, name, dtype: as for `ConfusionCount`.
    """

    count_name = "false_negatives"
