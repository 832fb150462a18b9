"""Precision: the fraction of predicted positives that are right. Recall: the fraction of positives that are found."""

from minikeras.autodiff.tensor import Tensor
from minikeras.metrics.confusion_matrix import NOT_AMONG_TOP_K, Thresholds, check_thresholds, count_confusion
from minikeras.metrics.metric import Metric, add_to, divide_no_nan


class TruePositiveRatio(Metric):
    """Base class: true positives / (true positives + one kind of error).

    Args:
        thresholds: number or list between 0 and 1; predictions above count as 1. If None, 0.5, or none with `top_k`.
        top_k: if given, only the k largest of the last axis count as predicted.
        class_id: if given, only this index of the last axis is counted.
        name, dtype: as for `Metric`.

    Class attributes:
        error: the field of `ConfusionCounts` that is the error.
    """

    _direction = "up"
    equivalent_label_dtype = "float32"
    error = None

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self.thresholds = check_thresholds(thresholds, default=0.5 if top_k is None else NOT_AMONG_TOP_K)
        self.threshold_table = Thresholds(self.thresholds)
        shape = (len(self.thresholds),)
        self.true_positives = self.add_variable(shape, "zeros", name="true_positives")
        self._errors = self.add_variable(shape, "zeros", name=self.error)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch."""
        confusion = count_confusion(y_true, y_pred, self.threshold_table, sample_weight, self.top_k, self.class_id)
        add_to(self.true_positives, confusion.true_positives)
        add_to(self._errors, getattr(confusion, self.error))

    @property
    def counted_by_thresholds(self):
        """{field of `ConfusionCounts`: the Variable that counts it}; None if it depends on more than thresholds."""
        if self.top_k is not None or self.class_id is not None:
            return None
        return {"true_positives": self.true_positives, self.error: self._errors}

    def result(self):
        hits = self.true_positives.array
        share = divide_no_nan(hits, hits + self._errors.array)
        return Tensor(share[0] if len(self.thresholds) == 1 else share)

    def get_config(self):
        arguments = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **arguments}


class Precision(TruePositiveRatio):
    """true positives / (true positives + false positives): the fraction of positive predictions that are right.

    Args:
        thresholds, top_k, class_id, name, dtype: as for `TruePositiveRatio`.
    """

    error = "false_positives"

    @property
    def false_positives(self):
        """The Variable that counts false positives."""
        return self._errors


class Recall(TruePositiveRatio):
    """true positives / (true positives + false negatives): the fraction of positive labels that are found.

    Args:
        thresholds, top_k, class_id, name, dtype: as for `TruePositiveRatio`.
    """

    error = "false_negatives"

    @property
    def false_negatives(self):
        """The Variable that counts false negatives."""
        return self._errors
