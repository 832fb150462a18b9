"""One page of NumPy and tf.keras: the same weights from a seed, and the same losses."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf

from tests.parity.comparing import assert_close
from tests.unit.examples.test_nano import load_nano

SAMPLES = 480  # 15 steps an epoch
EARLY = 1e-5  # of losses about 2: float32 sums in another order, over two epochs of 15 steps


def test_nano_trains_as_tf_keras_does():
    nano = load_nano()
    (x, y), (x_test, y_test) = nano.load_digits(training_samples=SAMPLES)
    layers = tf.keras.layers
    tf.keras.utils.set_random_seed(42)
    model = tf.keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(24, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(48, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    nano.set_random_seed(42)
    network = nano.build_model()
    network.predict(x[:1])  # makes the weights
    for ours, theirs in zip(network.weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours.array, theirs)

    expected = model.fit(x, y, epochs=2, verbose=0).history
    history = network.fit(x, y, epochs=2, verbose=False)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=0, atol=EARLY)
    assert_close("nano", np.float32(history["loss"]), np.float32(expected["loss"]), EARLY)
    loss, _ = model.evaluate(x_test[:100], y_test[:100], verbose=0)
    np.testing.assert_allclose(network.evaluate(x_test[:100], y_test[:100])[0], loss, rtol=0, atol=10 * EARLY)
