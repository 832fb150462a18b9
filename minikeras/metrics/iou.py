"""Intersection over union, |T ∩ P| / |T ∪ P|, of the positions where label and prediction name a class."""

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.limits import use_memory
from minikeras.base.messages import warn
from minikeras.config import floatx
from minikeras.metrics.metric import Metric, add_to, divide_no_nan


class IoU(Metric):
    """The mean intersection over union, tp / (tp + fp + fn), of some classes. Classes that never occur are left out.

    Args:
        num_classes: number of classes.
        target_class_ids: the classes to average over.
        name: as for `Metric`.
        dtype: of the counts; int64 if None. With an integer dtype, weights are truncated to integers, as in Keras.
        ignore_class: label of positions to ignore.
        sparse_y_true, sparse_y_pred: whether labels and predictions are class indices rather than scores, whose argmax
            is taken.
        axis: the axis of the scores.
    """

    _direction = "up"

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(name=name, dtype=dtype or "int64")
        if target_class_ids and max(target_class_ids) >= num_classes:
            raise ValueError(
                f"Target class id {max(target_class_ids)} is out of range: {num_classes} classes are numbered 0 to "
                f"{num_classes - 1}. Received: target_class_ids={target_class_ids}"
            )
        self.num_classes, self.target_class_ids, self.ignore_class = num_classes, list(target_class_ids), ignore_class
        self.sparse_y_true, self.sparse_y_pred, self.axis = sparse_y_true, sparse_y_pred, axis
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", dtype=self.dtype, name="total_confusion_matrix"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count the pairs (label, predicted class) of a batch. Returns all counts, as in Keras."""
        y_true, y_pred = as_array(y_true), as_array(y_pred)
        labels = (y_true if self.sparse_y_true else y_true.argmax(axis=self.axis)).astype(np.int64).reshape(-1)
        predictions = (y_pred if self.sparse_y_pred else y_pred.argmax(axis=self.axis)).astype(np.int64).reshape(-1)
        weights = self._weights(sample_weight, labels.shape)
        kept = self._are_classes(labels) & self._are_classes(predictions)
        if self.ignore_class is not None:
            kept &= labels != self.ignore_class
        labels, predictions, weights = labels[kept], predictions[kept], weights[kept]
        counts = np.zeros((self.num_classes, self.num_classes), self.dtype)
        np.add.at(counts, (labels, predictions), weights)
        add_to(self.total_cm, counts)
        return self.total_cm.value

    def _weights(self, sample_weight, shape):
        weights = as_array(1 if sample_weight is None else sample_weight)
        if weights.dtype.kind == "f" and self._counts_in_integers:
            warn(
                f"The weights of {type(self).__name__} are float, but it counts in {self.dtype}, so casting truncates "
                "them. Pass dtype='float32' to the metric to keep fractions."
            )
        flat = weights.astype(self.dtype).reshape(-1)
        if flat.size not in (1, shape[0]):
            raise ValueError(
                "`sample_weight` must be one weight per label. "
                f"Received: sample_weight of shape {weights.shape} for {shape[0]} labels."
            )
        return np.broadcast_to(flat, shape)

    @property
    def _counts_in_integers(self):
        return np.dtype(self.dtype).kind in "iu"

    def _are_classes(self, numbers):
        """Where a label or prediction is one of the classes. Others are ignored, as in Keras."""
        return (numbers >= 0) & (numbers < self.num_classes)

    def result(self):
        counts = self.total_cm.array
        dtype = floatx()
        hits = np.diag(counts)[self.target_class_ids].astype(dtype)
        labelled, predicted = counts.sum(axis=1), counts.sum(axis=0)
        union = (labelled + predicted)[self.target_class_ids].astype(dtype) - hits
        return Tensor(divide_no_nan(divide_no_nan(hits, union).sum(), (union > 0).sum().astype(dtype)))

    def get_config(self):
        return {
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            **super().get_config(),
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }


class BinaryIoU(IoU):
    """The intersection over union of two classes, which predictions get by a threshold.

    Args:
        target_class_ids: which of the classes 0 and 1 to average over.
        threshold: predictions at or above it are class 1.
        name, dtype: as for `IoU`.
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch of labels 0 and 1 and predictions between them."""
        return super().update_state(y_true, as_array(y_pred) >= self.threshold, sample_weight)

    def get_config(self):
        return {**Metric.get_config(self), "target_class_ids": self.target_class_ids, "threshold": self.threshold}


class MeanIoU(IoU):
    """The mean intersection over union of all classes.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: as for `IoU`.
    """

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        use_memory((num_classes, num_classes), "float64", "a confusion matrix")
        every = list(range(num_classes))
        super().__init__(num_classes, every, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self):
        return _without(super().get_config(), "target_class_ids")


class OneHotIoU(IoU):
    """The intersection over union of some classes, for one-hot labels and scores.

    Args:
        num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_pred, axis: as for `IoU`.
    """

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_pred=False,
        axis=-1,
    ):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self):
        return _without(super().get_config(), "sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """The mean intersection over union of all classes, for one-hot labels and scores.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_pred, axis: as for `IoU`.
    """

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self):
        return _without(super().get_config(), "sparse_y_true")


def _without(config, key):
    return {name: value for name, value in config.items() if name != key}
