"""F-scores, R² and correlations."""

import numpy as np
import pytest

from minikeras import metrics

ONE_HOT = np.eye(3)[[0, 0, 1, 2]]
SCORES = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]])
# class 0: precision 1, recall 1/2; class 1: precision 1/2, recall 1; class 2: both 1
F1 = np.array([2 / 3, 2 / 3, 1.0])

AVERAGES = [(None, F1), ("macro", F1.mean()), ("weighted", F1 @ [0.5, 0.25, 0.25]), ("micro", 0.75)]


@pytest.mark.parametrize("average, expected", AVERAGES)
def test_f1(average, expected):
    np.testing.assert_allclose(metrics.F1Score(average=average)(ONE_HOT, SCORES), expected, atol=1e-6)


def test_beta_weighs_recall():
    score = metrics.FBetaScore(beta=2.0)(ONE_HOT, SCORES)
    np.testing.assert_allclose(score, [5 * 0.5 / (4 + 0.5), 5 * 0.5 / (4 * 0.5 + 1), 1.0], atol=1e-6)


def test_a_threshold_allows_several_classes_or_none():
    score = metrics.F1Score(threshold=0.35)(ONE_HOT, SCORES)
    np.testing.assert_allclose(score, F1, atol=1e-6)
    assert float(metrics.F1Score(average="micro", threshold=0.99)(ONE_HOT, SCORES)) == 0.0


def test_a_row_of_zeros_predicts_nothing():
    assert float(metrics.F1Score(average="micro")(ONE_HOT, np.zeros((4, 3)))) == 0.0


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"average": "mean"}, "`average`"),
        ({"beta": 0.0}, "`beta`"),
        ({"beta": 1}, "`beta`"),
        ({"threshold": 1.5}, "`threshold`"),
    ],
)
def test_f_score_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.FBetaScore(**arguments)


def test_f_score_shapes():
    with pytest.raises(ValueError, match=r"shape \(batch_size, output_dim\)"):
        metrics.F1Score().update_state(np.zeros(4), np.zeros(4))
    with pytest.raises(ValueError, match="one weight per sample"):
        metrics.F1Score().update_state(ONE_HOT, SCORES, np.ones((4, 3)))


Y_TRUE = np.array([[1.0, 5.0], [2.0, 5.5], [4.0, 7.0], [5.0, 9.0]])
Y_PRED = Y_TRUE + np.array([[0.1, 0.5], [-0.2, 0.1], [0.3, -0.4], [0.0, 0.2]])
R2 = 1 - ((Y_TRUE - Y_PRED) ** 2).sum(axis=0) / ((Y_TRUE - Y_TRUE.mean(axis=0)) ** 2).sum(axis=0)


@pytest.mark.parametrize(
    "aggregation, expected",
    [
        (None, R2),
        ("uniform_average", R2.mean()),
        ("variance_weighted_average", R2 @ Y_TRUE.var(axis=0) / Y_TRUE.var(axis=0).sum()),
    ],
)
def test_r2(aggregation, expected):
    metric = metrics.R2Score(class_aggregation=aggregation)
    metric.update_state(Y_TRUE[:3], Y_PRED[:3])
    metric.update_state(Y_TRUE[3:], Y_PRED[3:])
    np.testing.assert_allclose(metric.result(), expected, rtol=1e-5)


def test_adjusted_r2():
    metric = metrics.R2Score(num_regressors=2)
    plain = R2.mean()
    np.testing.assert_allclose(metric(Y_TRUE, Y_PRED), 1 - (1 - plain) * 7 / 5, rtol=1e-5)


def test_too_many_regressors_warn():
    metric = metrics.R2Score(num_regressors=8)
    with pytest.warns(UserWarning, match="8 regressors need more than 9 labels"):
        np.testing.assert_allclose(metric(Y_TRUE, Y_PRED), R2.mean(), rtol=1e-5)


def test_r2_of_weighted_copies():
    twice = metrics.R2Score()(np.concatenate([Y_TRUE, Y_TRUE[:1]]), np.concatenate([Y_PRED, Y_PRED[:1]]))
    weighted = metrics.R2Score()(Y_TRUE, Y_PRED, sample_weight=[2, 1, 1, 1])
    np.testing.assert_allclose(twice, weighted, rtol=1e-5)


def test_r2_mistakes():
    with pytest.raises(ValueError, match="class_aggregation"):
        metrics.R2Score(class_aggregation="mean")
    with pytest.raises(ValueError, match="num_regressors"):
        metrics.R2Score(num_regressors=-1)
    with pytest.raises(ValueError, match=r"shape \(batch, outputs\)"):
        metrics.R2Score().update_state(np.zeros(3), np.zeros(3))


def test_correlations():
    t, p = Y_TRUE.T, Y_PRED.T
    pearson = [np.corrcoef(a, b)[0, 1] for a, b in zip(t, p, strict=True)]
    np.testing.assert_allclose(metrics.pearson_correlation(t, p), pearson, rtol=1e-6)
    np.testing.assert_allclose(metrics.pearson_correlation(Y_TRUE, Y_PRED, axis=0), pearson, rtol=1e-6)
    covariance = ((t - t.mean(axis=1, keepdims=True)) * (p - p.mean(axis=1, keepdims=True))).mean(axis=1)
    expected = 2 * covariance / (t.var(axis=1) + p.var(axis=1) + (t.mean(axis=1) - p.mean(axis=1)) ** 2)
    np.testing.assert_allclose(metrics.concordance_correlation(t, p), expected, rtol=1e-6)
    assert float(metrics.ConcordanceCorrelation()(t, t)) == pytest.approx(1.0)
    assert float(metrics.PearsonCorrelation()(t, 3 * t + 1)) == pytest.approx(1.0)


def test_root_of_the_mean_over_all_batches():
    metric = metrics.RootMeanSquaredError()
    metric.update_state([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    metric.update_state([0.0], [3.0])
    assert float(metric.result()) == pytest.approx(np.sqrt(3.0))


def test_cosine_similarity_is_positive_as_a_metric():
    assert float(metrics.CosineSimilarity()([[0.0, 1.0], [1.0, 1.0]], [[0.0, 2.0], [1.0, 0.0]])) == pytest.approx(
        (1 + np.sqrt(0.5)) / 2
    )
