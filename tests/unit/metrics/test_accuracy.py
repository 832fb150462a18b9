"""Accuracies: what counts as a hit."""

import numpy as np
import pytest

from minikeras import metrics

SCORES = np.array([[0.1, 0.5, 0.4], [0.6, 0.2, 0.2], [0.3, 0.3, 0.4], [0.0, 0.9, 0.1]])

# (function, y_true, y_pred, arguments, hits)
ROWS = [
    ("binary_accuracy", [1, 0, 1], [0.6, 0.4, 0.5], {}, [1, 1, 0]),
    ("binary_accuracy", [[1], [0]], [[0.3], [0.1]], {"threshold": 0.2}, [[1], [1]]),
    ("categorical_accuracy", np.eye(3)[[1, 1, 2, 0]], SCORES, {}, [1, 0, 1, 0]),
    ("sparse_categorical_accuracy", [1, 1, 2, 0], SCORES, {}, [1, 0, 1, 0]),
    ("sparse_categorical_accuracy", [[1], [1], [2], [0]], SCORES, {}, [1, 0, 1, 0]),
    ("sparse_categorical_accuracy", [[1, 1], [2, 0]], SCORES.reshape(2, 2, 3), {}, [[1, 0], [1, 0]]),
    ("top_k_categorical_accuracy", np.eye(3)[[2, 0, 0, 0]], SCORES, {"k": 2}, [1, 1, 1, 0]),
    ("sparse_top_k_categorical_accuracy", [2, 1, 1, 0], SCORES, {"k": 2}, [1, 1, 1, 0]),
    ("sparse_top_k_categorical_accuracy", [3, -1, 1, 0], SCORES, {"k": 3}, [0, 0, 1, 1]),
    ("sparse_top_k_categorical_accuracy", [0, 1], [[2, 0, 1], [2, 0, 1]], {"k": 2, "from_sorted_ids": True}, [1, 0]),
]


@pytest.mark.parametrize("name, y_true, y_pred, arguments, hits", ROWS)
def test_hits(name, y_true, y_pred, arguments, hits):
    result = getattr(metrics, name)(np.array(y_true), np.array(y_pred), **arguments)
    np.testing.assert_array_equal(result, hits)
    assert result.dtype == "float32"


def test_equal_scores_are_all_among_the_first():
    ties = np.full((3, 4), 0.25)
    np.testing.assert_array_equal(metrics.sparse_top_k_categorical_accuracy([0, 1, 3], ties, k=1), [1, 1, 1])


def test_a_score_that_is_no_number_is_no_hit():
    scores = np.array([[np.nan, 0.1], [0.2, np.inf]])
    np.testing.assert_array_equal(metrics.sparse_top_k_categorical_accuracy([0, 1], scores, k=2), [0, 0])


def test_over_batches_with_weights():
    metric = metrics.SparseCategoricalAccuracy()
    metric.update_state([1, 1, 2], SCORES[:3], sample_weight=[1.0, 2.0, 3.0])
    metric.update_state([0], SCORES[3:])
    np.testing.assert_allclose(metric.result(), 4 / 7, rtol=1e-6)


def test_accuracy_of_equal_numbers():
    assert float(metrics.Accuracy()([1, 2, 3, 4], [0, 2, 3, 4])) == 0.75


@pytest.mark.parametrize(
    "name, true_shape",
    [("binary_accuracy", (4,)), ("sparse_categorical_accuracy", (4, 3)), ("sparse_top_k_categorical_accuracy", (3,))],
)
def test_shapes_that_do_not_fit(name, true_shape):
    with pytest.raises(ValueError, match="shapes that do not fit"):
        getattr(metrics, name)(np.zeros(true_shape), SCORES)
