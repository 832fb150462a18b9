"""Means and sums of values of any shape, with weights and masks."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import losses, metrics

VALUES = np.arange(12.0).reshape(3, 4)

# (values, weights, mean, sum)
ROWS = [
    (5.0, None, 5.0, 5.0),
    (5.0, 3.0, 5.0, 15.0),
    (VALUES[0], None, 1.5, 6.0),
    (VALUES[0], [1, 0, 0, 1], 1.5, 3.0),
    (VALUES[0], 2.0, 1.5, 12.0),
    (VALUES, None, 5.5, 66.0),
    (VALUES, [1, 0, 0], 1.5, 6.0),
    (VALUES, [[1], [0], [1]], (1.5 + 9.5) / 2, 6.0 + 38.0),
    (VALUES, np.eye(3, 4), 5.0, 15.0),
]


@pytest.mark.parametrize("values, weights, mean, total", ROWS)
def test_rows(values, weights, mean, total):
    np.testing.assert_allclose(metrics.Mean()(values, sample_weight=weights), mean, rtol=1e-6)
    np.testing.assert_allclose(metrics.Sum()(values, sample_weight=weights), total, rtol=1e-6)


def test_a_ragged_last_batch_counts_by_its_samples():
    metric = metrics.Mean()
    metric.update_state([1.0, 1.0, 1.0])
    metric.update_state([5.0])
    assert float(metric.result()) == 2.0


def test_nothing_yet_is_zero():
    assert float(metrics.Mean().result()) == 0.0


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtype(dtype):
    metric = metrics.Mean(dtype=dtype)
    assert metric([1.0, 2.0]).dtype == dtype
    assert {v.dtype for v in metric.variables} == {dtype}


def test_weights_that_do_not_fit():
    with pytest.raises(ValueError, match=r"sample_weight of shape \(5,\) for values of shape \(3,\)"):
        metrics.Mean().update_state(VALUES, sample_weight=np.ones(5))


def squared_error(y_true, y_pred, factor=1.0):
    return factor * (y_true - y_pred) ** 2


def test_wrapper_of_a_function_with_arguments():
    metric = metrics.MeanMetricWrapper(squared_error, name="own", factor=2.0)
    one = keras.Tensor(np.ones(4, "float32"))
    assert float(metric(one, 3.0 * one)) == 8.0
    assert metric.get_config()["factor"] == 2.0
    assert metric.get_config()["fn"]["config"] == "squared_error"


def test_wrapper_of_a_loss_object():
    metric = metrics.MeanMetricWrapper(losses.MeanSquaredError())
    metric.update_state(np.zeros(4), np.full(4, 2.0))
    assert float(metric.result()) == 4.0


def test_masked_predictions_do_not_count():
    y_pred = keras.Tensor(np.array([[1.0], [5.0], [3.0]], "float32"))
    y_pred._keras_mask = keras.Tensor(np.array([True, False, True]))
    metric = metrics.MeanAbsoluteError()
    metric.update_state(np.zeros((3, 1)), y_pred)
    assert float(metric.result()) == 2.0
    metric.reset_state()
    metric.update_state(np.zeros((3, 1)), y_pred, sample_weight=[1.0, 9.0, 3.0])
    assert float(metric.result()) == 2.5


def test_a_mask_that_does_not_fit_the_weights():
    y_pred = keras.Tensor(np.zeros((2, 5, 1), "float32"))
    y_pred._keras_mask = keras.Tensor(np.ones((2, 5), bool))
    with pytest.raises(ValueError, match="against the mask"):
        metrics.MeanAbsoluteError().update_state(np.zeros((2, 5, 1)), y_pred, sample_weight=np.ones(2))


@pytest.mark.parametrize("metric", [metrics.Mean(), metrics.Sum(name="total")])
def test_compile_takes_no_metric_of_values(metric):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[metric])
    with pytest.raises(TypeError, match=f"'{metric.name}' .* values, not labels and predictions"):
        model.evaluate(np.ones((3, 2)), np.ones((3, 1)), verbose=0)
