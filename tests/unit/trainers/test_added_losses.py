"""What layers add to the loss."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import ops


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_losses_of_samples_are_added_up(run_eagerly):
    class Endpoint(keras.layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(ops.square(x), axis=1, keepdims=True))
            return x

    x = keras.Input((2,))
    model = keras.Model(x, Endpoint()(x))
    model.compile(run_eagerly=run_eagerly)
    data = np.arange(12, dtype="float32").reshape(6, 2)
    assert model.evaluate(data, batch_size=6, verbose=0) == pytest.approx(np.square(data).sum())
    dense = keras.layers.Dense(2, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((2,)), dense, Endpoint()])
    model.compile("sgd", run_eagerly=run_eagerly)
    history = model.fit(data, batch_size=6, epochs=1, verbose=0)
    assert history.history["loss"][0] == pytest.approx(2 * np.square(data.sum(axis=1)).sum())
