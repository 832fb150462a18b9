"""Predictions in micro-batches: where samples do not depend on each other, and only there."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.plans import micro_batches
from minikeras.plans.micro_batches import MicroBatches

X = np.random.default_rng(0).normal(size=(52, 8, 8, 3)).astype("float32")
TOLERANCE = 1e-6


def predictor(function):
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, function(inputs))


def predictions(model, batch_size=24):
    return [model.predict(X, batch_size=batch_size, verbose=0) for _ in range(4)]


def kinds(model):
    return {type(entry) for entry in model._planner.entries.values()}


@pytest.fixture(autouse=True)
def small_cache(monkeypatch):
    monkeypatch.setattr(micro_batches, "CACHE", 1 << 12)


def network(x):
    x = layers.BatchNormalization()(layers.Conv2D(16, 3, activation="relu")(x))
    x = layers.Concatenate()([layers.MaxPooling2D(2)(x), layers.AveragePooling2D(2)(x)])
    x = layers.DepthwiseConv2D(3, padding="same", activation="gelu")(layers.Conv2DTranspose(8, 2, strides=2)(x))
    flat = layers.Flatten()(x)
    return {"a": layers.Dense(4, activation="softmax")(flat), "b": [layers.GlobalAveragePooling2D()(x) * 0.5, flat]}


def test_predictions_in_chunks_are_the_same():
    model = predictor(network)
    first, *others = predictions(model)
    assert MicroBatches in kinds(model)
    for later in others:
        for one, other in zip(keras.tree.flatten(first), keras.tree.flatten(later), strict=True):
            np.testing.assert_allclose(one, other, atol=TOLERANCE)
    assert first["a"].shape == (52, 4)


def test_samples_that_depend_on_each_other_stay_together():
    for function in (
        lambda x: x - ops.mean(x, axis=0, keepdims=True),
        lambda x: ops.softmax(x, axis=0),
        lambda x: ops.concatenate([x, x], axis=0),
        lambda x: x[::-1, :],
        lambda x: ops.matmul(ops.reshape(x, (-1, 192)), ops.transpose(ops.reshape(x, (-1, 192)))),
        lambda x: ops.cumsum(x, axis=0),
        lambda x: ops.reshape(x, (-1, 3)),
    ):
        model = predictor(function)
        model.predict_on_batch(X)
        model.predict_on_batch(X)
        assert MicroBatches not in kinds(model)


def test_small_batches_are_not_cut(monkeypatch):
    monkeypatch.setattr(micro_batches, "CACHE", 1 << 20)
    model = predictor(network)
    predictions(model)
    assert MicroBatches not in kinds(model)


def test_explain_plan_names_micro_batches(capsys):
    model = predictor(network)
    predictions(model)
    model.explain_plan()
    assert "in micro-batches of" in capsys.readouterr().out
