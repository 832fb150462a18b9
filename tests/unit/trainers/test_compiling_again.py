"""A second `compile`: what it leaves out stays as it was, as in Keras."""

import numpy as np

import minikeras as keras
from minikeras import layers

X, Y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")


def fitted(model):
    return set(model.fit(X, Y, verbose=0).history)


def test_losses_and_metrics_stay_unless_they_are_given():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    assert fitted(model) == {"loss", "mae"}
    model.compile("sgd", "mae")
    assert fitted(model) == {"loss", "mae"}
    assert model.loss == "mae"
    assert model.get_compile_config()["metrics"] is None
    model.compile("sgd", metrics=[])
    assert fitted(model) == {"loss"}
    assert model.loss == "mae"
    model.compile("sgd", weighted_metrics=["mse"])
    assert fitted(model) == {"loss", "mse"}
