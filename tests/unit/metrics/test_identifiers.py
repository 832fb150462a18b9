"""Metrics by name, class and config, and what compile makes of a name."""

import inspect
import json

import numpy as np
import pytest

from minikeras import losses, metrics
from minikeras.base.naming import to_snake_case
from minikeras.metrics.resolve import output_kind, resolve_metric

REQUIRED = {
    "IoU": (2, [0]),
    "MeanIoU": (2,),
    "OneHotIoU": (2, [0]),
    "OneHotMeanIoU": (2,),
    "PrecisionAtRecall": (0.5,),
    "RecallAtPrecision": (0.5,),
    "SensitivityAtSpecificity": (0.5,),
    "SpecificityAtSensitivity": (0.5,),
    "MeanMetricWrapper": (losses.mean_squared_error,),
}
CLASSES = [name for name in metrics.__all__ if inspect.isclass(getattr(metrics, name)) and name != "Metric"]


@pytest.mark.parametrize("name", CLASSES)
def test_round_trip_through_json(name):
    metric = getattr(metrics, name)(*REQUIRED.get(name, ()), name="given")
    written = json.loads(json.dumps(metrics.serialize(metric)))
    assert (written["module"], written["class_name"]) == ("keras.metrics", name)
    again = metrics.deserialize(written)
    assert type(again) is type(metric)
    assert again.name == "given"
    assert again.get_config() == metric.get_config()


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in REQUIRED])
def test_names_in_both_spellings(name):
    assert type(metrics.get(name)) is type(metrics.get(to_snake_case(name))) is getattr(metrics, name)
    assert type(metrics.get(getattr(metrics, name))) is getattr(metrics, name)


@pytest.mark.parametrize("name, cls", [("mse", "MeanSquaredError"), ("bce", "BinaryCrossentropy"), ("MAPE", None)])
def test_short_names(name, cls):
    assert type(metrics.get(name)).__name__ == (cls or "MeanAbsolutePercentageError")


def own_metric(y_true, y_pred):
    return y_pred


def test_what_is_no_name_comes_back_itself():
    metric = metrics.Mean()
    assert metrics.get(None) is None
    assert metrics.get(metric) is metric
    assert metrics.get(own_metric) is own_metric
    assert type(metrics.get({"class_name": "AUC", "config": {"curve": "PR"}})) is metrics.AUC


@pytest.mark.parametrize(
    "identifier, hint", [("acuracy", "'accuracy'"), ("precison", "'precision'"), ("aucc", "'auc'")]
)
def test_typos(identifier, hint):
    with pytest.raises(ValueError, match=f"Could not interpret metric identifier.*Did you mean.*{hint}"):
        metrics.get(identifier)


def test_what_cannot_be_a_metric():
    with pytest.raises(ValueError, match="Expected a name, a Metric or a function"):
        metrics.get(3)


KINDS = [
    ((4, 1), (4, 1), "binary"),
    ((4,), (4, 1), "binary"),
    ((4,), (4, 3), "sparse"),
    ((4, 1), (4, 3), "sparse"),
    ((4, 7), (4, 7, 3), "sparse"),
    ((4, 3), (4, 3), "categorical"),
    ((4,), (4,), "categorical"),
]
BY_KIND = {
    "accuracy": {
        "binary": metrics.BinaryAccuracy,
        "sparse": metrics.SparseCategoricalAccuracy,
        "categorical": metrics.CategoricalAccuracy,
    },
    "crossentropy": {
        "binary": metrics.BinaryCrossentropy,
        "sparse": metrics.SparseCategoricalCrossentropy,
        "categorical": metrics.CategoricalCrossentropy,
    },
}


@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy", "crossentropy", "ce"])
@pytest.mark.parametrize("true_shape, pred_shape, kind", KINDS)
def test_names_that_depend_on_the_output(true_shape, pred_shape, kind, name):
    y_true, y_pred = np.zeros(true_shape), np.zeros(pred_shape)
    assert output_kind(y_true, y_pred) == kind
    metric = resolve_metric(name, y_true, y_pred)
    assert type(metric) is BY_KIND["accuracy" if name.lower().startswith("acc") else "crossentropy"][kind]
    assert metric.name == name


def test_other_entries_of_compile():
    y = np.zeros((4, 1))
    assert resolve_metric(None, y, y) is None
    assert resolve_metric("mse", y, y).name == "mse"
    assert resolve_metric(metrics.AUC, y, y).name.startswith("auc")
    wrapped = resolve_metric(own_metric, y, y)
    assert (type(wrapped), wrapped.name) == (metrics.MeanMetricWrapper, "own_metric")
    assert resolve_metric(losses.Huber(), y, y).name == "huber_loss"


def test_directions():
    assert resolve_metric("accuracy", np.zeros((4, 1)), np.zeros((4, 1)))._direction == "up"
    assert metrics.MeanSquaredError()._direction == "down"
    assert metrics.MeanMetricWrapper(own_metric)._direction is None
    assert metrics.Mean()._direction is None
