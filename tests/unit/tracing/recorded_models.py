"""Models to record, and how their states are compared."""

import numpy as np

import minikeras as keras
from minikeras import layers
from tests.unit.tracing.networks import floats

X, Y = floats(40, 6), np.arange(40) % 3
SPARSE = "sparse_categorical_crossentropy"
ROUNDING = 1e-6  # of gradients of a few ops in float32, computed once by single ops and once by fused ones


def classifier(**arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu", name="hidden"),
            layers.BatchNormalization(name="normalized"),
            layers.Dropout(0.5, name="dropped"),
            layers.Dense(3, activation="softmax", name="head"),
        ],
        name="classifier",
    )
    model.compile("adam", SPARSE, metrics=["accuracy"], **arguments)
    return model


def state_of(model):
    return [v.numpy() for v in [*model.variables, *model.optimizer.variables, *model.metrics_variables]]


def assert_equal(some, others):
    for a, b in zip(some, others, strict=True):
        np.testing.assert_array_equal(a, b)
