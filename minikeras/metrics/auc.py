"""`AUC`: the area under the ROC curve or the precision–recall curve, as a sum over thresholds."""

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.limits import use_memory
from minikeras.base.suggestions import did_you_mean
from minikeras.config import epsilon, floatx
from minikeras.metrics.confusion_matrix import ConfusionCounts, Thresholds, check_thresholds, count_confusion
from minikeras.metrics.metric import Metric, add_to, divide_no_nan

CURVES = ("ROC", "PR", "PRGAIN")
SUMMATION_METHODS = ("interpolation", "minoring", "majoring")


class AUC(Metric):
    """The area under a curve that has a point for each of many thresholds on the prediction.

        ROC     recall over the false positive rate fp / (fp + tn)
        PR      precision over recall
        PRGAIN  precision gain over recall gain (Flach, Kull: Precision-Recall-Gain Curves, 2015)

    Args:
        num_thresholds: number of thresholds; the more, the more exact is the area.
        curve: "ROC", "PR" or "PRGAIN".
        summation_method: "interpolation" (trapezoids; for PR the interpolation of Davis and Goadrich, 2006),
            "minoring" (the lower end of each step) or "majoring" (the upper end).
        name, dtype: as for `Metric`.
        thresholds: the thresholds themselves instead of their number; 0 and 1 are added.
        multi_label: whether the last axis holds labels, whose areas are computed separately and averaged.
        num_labels: their number, if it is known before the first batch.
        label_weights: a weight for each label, in the mean of areas (multi_label) or in the counts.
        from_logits: whether to apply a sigmoid to the predictions.
    """

    _direction = "up"
    equivalent_label_dtype = "float32"

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        super().__init__(name=name, dtype=dtype)
        self.curve = _one_of(CURVES, str(curve).upper(), "curve", curve)
        self.summation_method = _one_of(
            SUMMATION_METHODS, str(summation_method).lower(), "summation_method", summation_method
        )
        if num_labels is not None and not multi_label:
            raise ValueError(f"`num_labels` of AUC needs `multi_label=True`. Received: num_labels={num_labels}")
        self._given_thresholds = thresholds is not None
        inner = sorted(check_thresholds(thresholds, None)) if self._given_thresholds else _inner(num_thresholds)
        # all predictions between 0 and 1 are above the first threshold, and none is above the last
        self.threshold_table = Thresholds([0.0 - epsilon(), *inner, 1.0 + epsilon()])
        self.num_thresholds = len(self.threshold_table.given)
        self.multi_label, self.num_labels, self._from_logits = multi_label, num_labels, from_logits
        self.label_weights = None if label_weights is None else as_array(label_weights, floatx())
        self._built = False
        if not multi_label:
            self._build((self.num_thresholds,))
        elif num_labels is not None:
            self._build((self.num_thresholds, num_labels))

    @property
    def thresholds(self):
        """List of all thresholds, those beyond 0 and 1 included."""
        return list(self.threshold_table.given)

    def _build(self, shape):
        for count_name in ConfusionCounts._fields:
            setattr(self, count_name, self.add_variable(shape, "zeros", name=count_name))
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch at all thresholds."""
        y_pred = as_array(y_pred, floatx())
        if self._from_logits:
            with np.errstate(over="ignore"):  # where exp overflows to infinity, the quotient is 0, as it should be
                y_pred = 1 / (1 + np.exp(-y_pred))
        if self.multi_label:
            self._check_labels(y_pred.shape)
        confusion = count_confusion(
            y_true,
            y_pred,
            self.threshold_table,
            sample_weight,
            by_label=self.multi_label,
            label_weights=None if self.multi_label else self.label_weights,
        )
        for count_name, counts in zip(ConfusionCounts._fields, confusion, strict=True):
            add_to(getattr(self, count_name), counts)

    @property
    def counted_by_thresholds(self):
        """{field of `ConfusionCounts`: the Variable that counts it}; None if it depends on more than thresholds."""
        if self.multi_label or self.label_weights is not None or self._from_logits:
            return None
        return {count_name: getattr(self, count_name) for count_name in ConfusionCounts._fields}

    def _check_labels(self, shape):
        if len(shape) != 2:
            raise ValueError(
                f"With `multi_label=True`, `y_pred` must have shape (batch, labels). Received: y_pred.shape={shape}."
            )
        if not self._built:
            self._build((self.num_thresholds, shape[1]))
        if shape[1] != self.true_positives.shape[1]:
            raise ValueError(f"This AUC counts {self.true_positives.shape[1]} labels. Received: y_pred.shape={shape}.")

    def result(self):
        if not self._built:
            return Tensor(np.zeros((), floatx()))
        confusion = ConfusionCounts(*[getattr(self, count_name).array for count_name in ConfusionCounts._fields])
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._total(_interpolated_precision_recall_steps(confusion))
        x, y = _POINTS[self.curve](confusion)
        return self._total((x[:-1] - x[1:]) * _HEIGHTS[self.summation_method](y[:-1], y[1:]))

    def interpolate_pr_auc(self):
        """The area under the precision–recall curve, interpolated after Davis and Goadrich."""
        confusion = ConfusionCounts(*[getattr(self, count_name).array for count_name in ConfusionCounts._fields])
        return self._total(_interpolated_precision_recall_steps(confusion))

    def _total(self, steps):
        """The sum over thresholds; over labels the mean, weighted if there are weights."""
        areas = steps.sum(axis=0)
        if self.multi_label and self.label_weights is not None:
            areas = divide_no_nan((areas * self.label_weights).sum(), self.label_weights.sum())
        return Tensor(areas.mean())

    def get_config(self):
        label_weights = self.label_weights
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if label_weights is None else label_weights.tolist(),
            "from_logits": self._from_logits,
        }
        if self._given_thresholds:
            config["thresholds"] = self.thresholds[1:-1]
        return config


def _one_of(known, name, argument, given):
    if name not in known:
        raise ValueError(
            f'Invalid AUC {argument.replace("_", " ")} value: "{given}". It must be one of {list(known)}.'
            + did_you_mean(name, known)
        )
    return name


def _inner(num_thresholds):
    if num_thresholds <= 1:
        raise ValueError(
            f"Argument `num_thresholds` must be an integer > 1, in AUC. Received: num_thresholds={num_thresholds}"
        )
    use_memory((num_thresholds, 4), "float64", "a list of thresholds")
    return [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]


def _roc(confusion):
    tp, fp, tn, fn = confusion
    return divide_no_nan(fp, fp + tn), divide_no_nan(tp, tp + fn)


def _precision_recall(confusion):
    tp, fp, _, fn = confusion
    return divide_no_nan(tp, tp + fn), divide_no_nan(tp, tp + fp)


def _precision_recall_gain(confusion):
    """The gain of precision and recall over calling everything positive: 1 − (P / N) · errors / tp.

    Recall gain is at least 0; without true positives it is 0, and precision gain 1. (Precision gain is not clipped, so
    the area may be negative, as in Keras.)
    """
    tp, fp, tn, fn = confusion
    odds = divide_no_nan(tp + fn, fp + tn)
    recall_gain = np.where(tp > 0, np.maximum(1 - odds * divide_no_nan(fn, tp), 0), tp.dtype.type(0))
    return recall_gain, 1 - odds * divide_no_nan(fp, tp)


def _interpolated_precision_recall_steps(confusion):
    """Area added by each step, on the curve along which tp and fp both change linearly. (Davis, Goadrich 2006.)

    Between two thresholds, precision at p predicted positives is (slope · p + intercept) / p, whose integral over
    recall is slope · (Δtp + intercept · ln(p₀ / p₁)) / (tp + fn).
    """
    tp, fp, _, fn = confusion
    predicted = tp + fp
    d_tp, d_predicted = tp[:-1] - tp[1:], predicted[:-1] - predicted[1:]
    slope = divide_no_nan(d_tp, np.maximum(d_predicted, 0))
    intercept = tp[1:] - slope * predicted[1:]
    both = (predicted[:-1] > 0) & (predicted[1:] > 0)
    ratio = np.where(both, divide_no_nan(predicted[:-1], np.maximum(predicted[1:], 0)), 1)
    return divide_no_nan(slope * (d_tp + intercept * np.log(ratio)), np.maximum(tp[1:] + fn[1:], 0))


_POINTS = {"ROC": _roc, "PR": _precision_recall, "PRGAIN": _precision_recall_gain}
_HEIGHTS = {"interpolation": lambda a, b: (a + b) / 2, "minoring": np.minimum, "majoring": np.maximum}
