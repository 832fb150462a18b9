"""Counts at thresholds against a naive count, and the metrics made of them."""

import numpy as np
import pytest

from minikeras import metrics
from minikeras.metrics.confusion_matrix import Thresholds, check_thresholds, count_confusion

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 2, (20, 3))
PREDICTIONS = RNG.uniform(size=(20, 3)).astype("float32")

GRIDS = {
    "one": [0.5],
    "several": [0.1, 0.35, 0.9],
    "in no order": [0.9, 0.1, 0.35, 0.35],
    "evenly spaced": np.linspace(0, 1, 11).tolist(),
    "of AUC": [-1e-7, 0.25, 0.5, 0.75, 1 + 1e-7],
}
WEIGHTS = {
    "none": None,
    "number": 2.0,
    "per sample": RNG.uniform(size=20),
    "per prediction": RNG.uniform(size=(20, 3)),
}


def counted_one_by_one(thresholds, weights):
    """tp, fp, tn, fn of shape (thresholds, labels), by a loop."""
    weights = np.broadcast_to(
        1.0 if weights is None else weights if np.ndim(weights) != 1 else weights[:, None], (20, 3)
    )
    counts = np.zeros((4, len(thresholds), 3))
    for t, threshold in enumerate(thresholds):
        for sample, label in np.ndindex(20, 3):
            above, is_one = PREDICTIONS[sample, label] > threshold, LABELS[sample, label] == 1
            count_name = (0 if is_one else 1) if above else (3 if is_one else 2)
            counts[count_name, t, label] += weights[sample, label]
    return counts


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("grid", GRIDS)
def test_counts(grid, weights):
    thresholds, weights = GRIDS[grid], WEIGHTS[weights]
    expected = counted_one_by_one(thresholds, weights)
    together = count_confusion(LABELS, PREDICTIONS, Thresholds(thresholds), weights)
    by_label = count_confusion(LABELS, PREDICTIONS, Thresholds(thresholds), weights, by_label=True)
    np.testing.assert_allclose(together, expected.sum(axis=2), rtol=1e-6)
    np.testing.assert_allclose(by_label, expected, rtol=1e-6)


def test_label_weights_multiply():
    thresholds = Thresholds([0.4])
    plain = count_confusion(LABELS, PREDICTIONS, thresholds, by_label=True)
    weighted = count_confusion(LABELS, PREDICTIONS, thresholds, label_weights=np.array([1, 0, 2], "float32"))
    np.testing.assert_allclose(weighted.true_positives, plain.true_positives @ [1, 0, 2])


def test_predictions_that_are_no_numbers_exceed_nothing():
    for values in ([0.5], np.linspace(0, 1, 5)):
        assert Thresholds(values).below(np.array([np.nan, 0.0], "float32")).tolist() == [0, 0]


def test_zero_exceeds_the_lowest_threshold_of_auc_only():
    assert Thresholds([0.0, 0.5, 1.0]).below(np.zeros(1, "float32")).tolist() == [0]
    assert Thresholds([-1e-7, 0.5, 1.0 + 1e-7]).below(np.zeros(1, "float32")).tolist() == [1]


@pytest.mark.parametrize(
    "cls, expected",
    [("TruePositives", 2), ("FalsePositives", 1), ("TrueNegatives", 1), ("FalseNegatives", 1)],
)
def test_confusion_counts(cls, expected):
    metric = getattr(metrics, cls)()
    assert float(metric([0, 1, 1, 0, 1], [0.1, 0.9, 0.4, 0.6, 0.7])) == expected


def test_precision_and_recall():
    y_true, y_pred = [0, 1, 1, 0, 1], [0.1, 0.9, 0.4, 0.6, 0.7]
    np.testing.assert_allclose(metrics.Precision()(y_true, y_pred), 2 / 3, rtol=1e-6)
    np.testing.assert_allclose(metrics.Recall(thresholds=[0.3, 0.8])(y_true, y_pred), [1.0, 1 / 3], rtol=1e-6)


def test_nothing_found_is_precision_zero():
    assert float(metrics.Precision()([1, 1], [0.1, 0.2])) == 0.0


def test_top_k_and_class_id():
    y_true = [[1, 0, 0], [0, 1, 0]]
    y_pred = [[0.5, 0.3, 0.2], [0.5, 0.1, 0.4]]
    assert float(metrics.Precision(top_k=1)(y_true, y_pred)) == 0.5
    assert float(metrics.Recall(top_k=2)(y_true, y_pred)) == 0.5
    assert float(metrics.Recall(class_id=0)(y_true, y_pred)) == 0.0
    assert float(metrics.Recall(class_id=0, thresholds=0.4)(y_true, y_pred)) == 1.0


def test_of_equal_predictions_the_first_are_the_top_k():
    assert float(metrics.Recall(top_k=1)([[0, 1]], [[0.5, 0.5]])) == 0.0


def test_sensitivity_specificity_and_their_kin():
    y_true, y_pred = [0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]
    assert float(metrics.SensitivityAtSpecificity(0.5)(y_true, y_pred)) == 0.5
    assert float(metrics.SpecificityAtSensitivity(0.5)(y_true, y_pred)) == pytest.approx(2 / 3)
    assert float(metrics.PrecisionAtRecall(0.8)(y_true, y_pred)) == pytest.approx(0.5)
    assert float(metrics.RecallAtPrecision(0.9)(y_true, y_pred)) == 0.0


def test_thresholds_are_checked():
    assert check_thresholds(None, 0.5) == [0.5]
    assert check_thresholds(0.2, 0.5) == [0.2]
    with pytest.raises(ValueError, match=r"in \[0, 1\]. Received: \[1.5\]"):
        metrics.Precision(thresholds=[0.2, 1.5])
    with pytest.raises(ValueError, match=r"`recall` must be in the range \[0, 1\]"):
        metrics.PrecisionAtRecall(1.5)
    with pytest.raises(ValueError, match="`num_thresholds` must be an integer > 0, in PrecisionAtRecall"):
        metrics.PrecisionAtRecall(0.5, num_thresholds=0)


MISTAKES = [
    (metrics.Precision, {}, np.zeros(4), np.zeros((4, 3)), None, "to_categorical"),
    (metrics.Precision, {"class_id": 5}, np.zeros((4, 3)), np.zeros((4, 3)), None, "class_id=5"),
    (metrics.Precision, {"class_id": 0}, np.zeros(4), np.zeros(4), None, "must have the shape"),
    (metrics.Recall, {"top_k": 4}, np.zeros((4, 3)), np.zeros((4, 3)), None, "`top_k` must not exceed"),
    (metrics.Recall, {}, np.zeros((4, 3)), np.zeros((4, 3)), np.ones(3), "one weight per sample"),
]


@pytest.mark.parametrize("cls, arguments, y_true, y_pred, sample_weight, message", MISTAKES)
def test_mistakes(cls, arguments, y_true, y_pred, sample_weight, message):
    with pytest.raises(ValueError, match=message):
        cls(**arguments).update_state(y_true, y_pred, sample_weight)
