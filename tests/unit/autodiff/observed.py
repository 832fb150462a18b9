"""An observer that keeps all events, and a small model to be watched by it."""

import numpy as np

import minikeras as keras
from minikeras import layers
from minikeras.autodiff.observers import Observer
from minikeras.autodiff.state import EVENTS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 6)).astype("float32")
Y = np.arange(24) % 3
SPARSE = "sparse_categorical_crossentropy"


class Log(Observer):
    """Keeps (event, what it is about) of every event."""

    def __init__(self):
        self.events = []

    def names(self):
        """The names of the events."""
        return [name for name, _ in self.events]


def _logging(event):
    def method(self, *about):
        first = about[0] if about else None
        self.events.append((event, getattr(first, "op", first)))

    return method


for _event in EVENTS:
    setattr(Log, _event, _logging(_event))


def classifier(run_eagerly=True, **arguments):
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
    model.compile("adam", SPARSE, metrics=["accuracy"], run_eagerly=run_eagerly, **arguments)
    return model


def weights_after_fit(model, **arguments):
    model.fit(X, Y, batch_size=4, verbose=0, shuffle=False, **arguments)
    return [v.numpy() for v in [*model.variables, *model.optimizer.variables]]


def assert_equal(some, others):
    for a, b in zip(some, others, strict=True):
        np.testing.assert_array_equal(a, b)
