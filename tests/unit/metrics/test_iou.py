"""Intersection over union."""

import numpy as np
import pytest

from minikeras import metrics

Y_TRUE = np.array([0, 0, 1, 1, 2])
Y_PRED = np.array([0, 1, 1, 1, 0])
# class 0: 1 / 3; class 1: 2 / 3; class 2: 0 / 1


@pytest.mark.parametrize(
    "classes, expected", [([0], 1 / 3), ([1], 2 / 3), ([2], 0.0), ([0, 1], 0.5), ([3], 0.0), ([0, 3], 1 / 3)]
)
def test_targets(classes, expected):
    metric = metrics.IoU(num_classes=4, target_class_ids=classes)
    assert float(metric(Y_TRUE, Y_PRED)) == pytest.approx(expected)


def test_the_mean_leaves_out_classes_that_never_occur():
    assert float(metrics.MeanIoU(num_classes=9)(Y_TRUE, Y_PRED)) == pytest.approx(1 / 3)


def test_one_hot_and_scores():
    one_hot, scores = np.eye(3)[Y_TRUE], np.eye(3)[Y_PRED] + 0.1
    assert float(metrics.OneHotIoU(3, [0, 1])(one_hot, scores)) == pytest.approx(0.5)
    assert float(metrics.OneHotMeanIoU(3)(one_hot, scores)) == pytest.approx(1 / 3)
    assert float(metrics.OneHotMeanIoU(3, sparse_y_pred=True)(one_hot, Y_PRED)) == pytest.approx(1 / 3)


def test_binary_predictions_at_the_threshold_are_class_one():
    metric = metrics.BinaryIoU(target_class_ids=[1], threshold=0.5)
    assert float(metric([1, 1, 0], [0.5, 0.4, 0.6])) == pytest.approx(1 / 3)


def test_ignored_places():
    metric = metrics.IoU(num_classes=2, target_class_ids=[0, 1], ignore_class=255)
    assert float(metric([0, 255, 1], [0, 0, 1])) == 1.0


def test_weights():
    metric = metrics.IoU(num_classes=3, target_class_ids=[1], dtype="float32")
    assert float(metric(Y_TRUE, Y_PRED, sample_weight=[1, 0.5, 2, 1, 1])) == pytest.approx(3 / 3.5)


def test_integer_counts_warn_of_float_weights():
    with pytest.warns(UserWarning, match="dtype='float32'"):
        metrics.IoU(num_classes=3, target_class_ids=[1]).update_state(Y_TRUE, Y_PRED, np.full(5, 1.5))


def test_numbers_that_are_no_classes_do_not_count():
    metric = metrics.IoU(num_classes=2, target_class_ids=[0, 1])
    assert float(metric([0, -1, 1, 5, 1], [0, 1, 1, 0, -1])) == 1


def test_wrong_number_of_weights():
    with pytest.raises(ValueError, match="one weight per label"):
        metrics.IoU(num_classes=2, target_class_ids=[0], dtype="float32").update_state([0, 1], [0, 1], np.ones(3))


def test_targets_beyond_the_classes():
    with pytest.raises(ValueError, match="Target class id 2 is out of range"):
        metrics.IoU(num_classes=2, target_class_ids=[2])
