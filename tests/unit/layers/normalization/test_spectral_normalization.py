"""Spectral normalization: the kernel's largest singular value becomes 1 during training."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers


def wrapped(layer, **arguments):
    layer = layers.SpectralNormalization(layer, **arguments)
    layer.build((None, 6, 6, 3))
    return layer


def test_training_divides_the_kernel_by_its_largest_singular_value():
    layer = wrapped(layers.Conv2D(4, 3), power_iterations=50)
    before = layer.layer.kernel.numpy().reshape(-1, 4)
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 3)).astype("float32")
    y = layer(x, training=True)
    after = layer.layer.kernel.numpy().reshape(-1, 4)
    np.testing.assert_allclose(after, before / np.linalg.svd(before)[1][0], rtol=1e-5)
    np.testing.assert_allclose(y, layer.layer(x), rtol=1e-6)
    np.testing.assert_allclose(layer.normalized_weights()[1].array.reshape(-1, 4), after, rtol=1e-5)


def test_inference_and_a_kernel_of_zeros_change_nothing():
    for layer, training in (
        (wrapped(layers.Dense(4)), False),
        (wrapped(layers.Dense(4, kernel_initializer="zeros")), True),
    ):
        before = layer.get_weights()
        layer(np.ones((2, 6, 6, 3), "float32"), training=training)
        for old, new in zip(before, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("inner", [lambda: layers.Conv2D(4, 3, activation="relu"), lambda: layers.Dense(4)])
def test_compiled_training_is_that_of_the_tape(inner):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 6, 6, 3)).astype("float32"), rng.normal(size=(32, 2)).astype("float32")

    def trained(**arguments):
        keras.utils.set_random_seed(1)
        body = [layers.SpectralNormalization(inner()), layers.Flatten(), layers.Dense(2)]
        model = keras.Sequential([keras.Input((6, 6, 3)), *body])
        model.compile("sgd", "mse", **arguments)
        model.fit(x, y, epochs=4, batch_size=8, verbose=0, shuffle=False)
        return model.get_weights()

    for compiled, eager in zip(trained(), trained(run_eagerly=True), strict=True):
        np.testing.assert_allclose(compiled, eager, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: layers.SpectralNormalization(layers.Dense(2), power_iterations=0), "power_iterations"),
        (lambda: wrapped(layers.Flatten()), "nor 'embeddings'"),
    ],
)
def test_mistakes_are_explained(make, message):
    with pytest.raises(ValueError, match=message):
        make()
