"""Models, data and sequences of metrics for the tests of callbacks."""

import numpy as np

X = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(10, 1)).astype("float32")
NAN = float("nan")


def compiled(backend, metrics=("mae",)):
    model = backend.Sequential([backend.Input((3,)), backend.layers.Dense(1)])
    model.compile(backend.optimizers.SGD(0.1), "mse", metrics=list(metrics))
    if backend.__name__ == "keras":
        model.run_eagerly = True  # what callbacks see is the same, and TensorFlow's tracing takes longer than to train
    return model


class FakeModel:
    """As much of a model as the callbacks that watch a value need."""

    def __init__(self, metrics=()):
        self.stop_training = False
        self.weights = 0
        self.metrics = list(metrics)

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = ("restored", weights)


SEQUENCES = [
    [3, 2, 1, 0.5],
    [1, 2, 3, 4, 5],
    [1, 1, 1, 1],
    [1, 1.5, 0.99, 0.95, 0.9, 1, 1, 1, 1],
    [NAN, NAN, 1, 2, 3],
    [1, NAN, NAN, NAN],
    [5, 6, 7, 4, 8, 9, 10, 3, 11, 12, 13],
    [None, 2, None, 3, 4, None],
    [float("inf"), 2, 3, -float("inf"), 0],
]
