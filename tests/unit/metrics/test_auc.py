"""Areas under curves, against the probability that they estimate."""

import numpy as np
import pytest

from minikeras import metrics

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 2, 300)
SCORES = np.clip(RNG.normal(size=300) * 0.2 + 0.4 + 0.2 * LABELS, 0, 1)


def probability_of_the_right_order():
    """That a random positive scores above a random negative: what the area under the ROC curve is."""
    positives, negatives = SCORES[LABELS == 1], SCORES[LABELS == 0]
    higher = positives[:, None] > negatives
    equal = positives[:, None] == negatives
    return (higher + 0.5 * equal).mean()


def test_roc_area_is_the_probability_of_the_right_order():
    area = float(metrics.AUC(num_thresholds=2000)(LABELS, SCORES))
    assert area == pytest.approx(probability_of_the_right_order(), abs=1e-3)  # 2000 steps of the score


def test_lower_and_upper_sums_enclose_the_interpolated():
    areas = [
        float(metrics.AUC(summation_method=method)(LABELS, SCORES))
        for method in ("minoring", "interpolation", "majoring")
    ]
    assert areas == sorted(areas)
    assert areas[1] == pytest.approx((areas[0] + areas[2]) / 2, abs=1e-6)


@pytest.mark.parametrize("curve, expected", [("ROC", 1.0), ("PR", 1.0), ("PRGAIN", 1.0)])
def test_perfect_scores(curve, expected):
    assert float(metrics.AUC(curve=curve)([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])) == pytest.approx(expected, abs=1e-6)


def test_all_the_same_score_is_chance():
    assert float(metrics.AUC()(LABELS, np.full(300, 0.5))) == pytest.approx(0.5)


def test_labels_one_by_one():
    labels = np.stack([LABELS, 1 - LABELS], axis=1)
    scores = np.stack([SCORES, SCORES], axis=1)
    single = float(metrics.AUC()(LABELS, SCORES))
    by_label = metrics.AUC(multi_label=True)
    assert float(by_label(labels, scores)) == pytest.approx(0.5, abs=1e-3)
    weighted = metrics.AUC(multi_label=True, label_weights=[1.0, 0.0])
    assert float(weighted(labels, scores)) == pytest.approx(single, abs=1e-6)
    assert by_label.true_positives.shape == (200, 2)


def test_state_of_unknown_labels_is_made_at_the_first_batch():
    metric = metrics.AUC(multi_label=True)
    assert metric.variables == []
    assert float(metric.result()) == 0.0
    metric.reset_state()
    metric.update_state(np.zeros((4, 3)), np.zeros((4, 3)))
    assert len(metric.variables) == 4
    with pytest.raises(ValueError, match="counts 3 labels"):
        metric.update_state(np.zeros((4, 2)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"shape \(batch, labels\)"):
        metric.update_state(np.zeros(4), np.zeros(4))


def test_logits_go_through_a_sigmoid():
    with np.errstate(divide="ignore"):
        logits = np.log(SCORES / (1 - SCORES))
    from_logits = float(metrics.AUC(from_logits=True)(LABELS, logits))
    assert from_logits == pytest.approx(float(metrics.AUC()(LABELS, SCORES)), abs=1e-4)  # at most one score on an edge


def test_given_thresholds_are_sorted_and_extended():
    metric = metrics.AUC(thresholds=[0.7, 0.3])
    np.testing.assert_allclose(metric.thresholds, [-1e-7, 0.3, 0.7, 1 + 1e-7])
    assert metric.get_config()["thresholds"] == [0.3, 0.7]
    assert metrics.AUC.from_config(metric.get_config()).thresholds == metric.thresholds


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"curve": "ROCK"}, "Did you mean 'ROC'"),
        ({"summation_method": "minor"}, "Did you mean 'minoring'"),
        ({"num_thresholds": 1}, "must be an integer > 1"),
        ({"num_labels": 3}, "needs `multi_label=True`"),
        ({"thresholds": [2.0]}, r"in \[0, 1\]"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.AUC(**arguments)
