"""The best value of one rate while another stays above a limit: points on the ROC and the precision–recall curve.

Sensitivity is another name for recall, tp / (tp + fn); specificity is tn / (tn + fp).
"""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import use_memory
from minikeras.metrics.confusion_matrix import ConfusionCounts, Thresholds, count_confusion
from minikeras.metrics.metric import Metric, add_to, divide_no_nan


class OperatingPoint(Metric):
    """Base class: the largest `wanted` rate over all thresholds with a `limited` rate of at least the given value.

    0 if no threshold satisfies the limit.

    Class attributes:
        limited, wanted: functions of `ConfusionCounts`.
        argument: the name of the limit, as constructor argument and as attribute.
    """

    _direction = "up"
    limited = wanted = argument = None

    def __init__(self, value, num_thresholds, class_id, name, dtype):
        super().__init__(name=name, dtype=dtype)
        if not 0 <= value <= 1:
            raise ValueError(f"`{self.argument}` must be in the range [0, 1]. Received: {self.argument}={value}")
        if num_thresholds <= 0:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 0, in {type(self).__name__}. "
                f"Received: num_thresholds={num_thresholds}"
            )
        use_memory((num_thresholds, 4), "float64", "a list of thresholds")
        self.value, self.num_thresholds, self.class_id = value, num_thresholds, class_id
        setattr(self, self.argument, value)
        self.thresholds = [0.5] if num_thresholds == 1 else np.linspace(0, 1, num_thresholds).tolist()
        self.threshold_table = Thresholds(self.thresholds)
        for count_name in ConfusionCounts._fields:
            setattr(self, count_name, self.add_variable((num_thresholds,), "zeros", name=count_name))

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch at all thresholds."""
        confusion = count_confusion(y_true, y_pred, self.threshold_table, sample_weight, class_id=self.class_id)
        for count_name, counts in zip(ConfusionCounts._fields, confusion, strict=True):
            add_to(getattr(self, count_name), counts)

    def result(self):
        confusion = ConfusionCounts(*[getattr(self, count_name).array for count_name in ConfusionCounts._fields])
        allowed = type(self).limited(confusion) >= self.value
        return Tensor(np.max(type(self).wanted(confusion), where=allowed, initial=0))

    def get_config(self):
        arguments = {"class_id": self.class_id, "num_thresholds": self.num_thresholds, self.argument: self.value}
        return {**super().get_config(), **arguments}


def recalls(confusion):
    """tp / (tp + fn)."""
    return divide_no_nan(confusion.true_positives, confusion.true_positives + confusion.false_negatives)


def precisions(confusion):
    """tp / (tp + fp)."""
    return divide_no_nan(confusion.true_positives, confusion.true_positives + confusion.false_positives)


def specificities(confusion):
    """tn / (tn + fp)."""
    return divide_no_nan(confusion.true_negatives, confusion.true_negatives + confusion.false_positives)


class SensitivityAtSpecificity(OperatingPoint):
    """The best sensitivity at a specificity of at least `specificity`.

    Args:
        specificity: between 0 and 1.
        num_thresholds: number of thresholds to try, evenly spaced from 0 to 1.
        class_id: if given, only this index of the last axis is counted.
        name, dtype: as for `Metric`.
    """

    limited, wanted, argument = specificities, recalls, "specificity"

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)


class SpecificityAtSensitivity(OperatingPoint):
    """The best specificity at a sensitivity of at least `sensitivity`.

    Args:
        sensitivity: between 0 and 1.
        num_thresholds, class_id, name, dtype: as for `SensitivityAtSpecificity`.
    """

    limited, wanted, argument = recalls, specificities, "sensitivity"

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)


class PrecisionAtRecall(OperatingPoint):
    """The best precision at a recall of at least `recall`.

    Args:
        recall: between 0 and 1.
        num_thresholds, class_id, name, dtype: as for `SensitivityAtSpecificity`.
    """

    limited, wanted, argument = recalls, precisions, "recall"

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(recall, num_thresholds, class_id, name, dtype)


class RecallAtPrecision(OperatingPoint):
    """The best recall at a precision of at least `precision`.

    Args:
        precision: between 0 and 1.
        num_thresholds, class_id, name, dtype: as for `SensitivityAtSpecificity`.
    """

    limited, wanted, argument = precisions, recalls, "precision"

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(precision, num_thresholds, class_id, name, dtype)
