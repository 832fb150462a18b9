"""Convolutions that read the parts of a concatenation, or an image before it is upsampled: the same training, and where
the copy must stay.
"""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(4, 8, 9, 16)).astype("float32"), RNG.normal(size=(4, 8, 9, 16)).astype("float32")
# Of the weights after two steps of SGD: by Winograd's method twice, with the sums of a bias in another order.
TOLERANCE = 1e-5


def trained(compiled, filters=(32, 16), also_read=False, axis=-1):
    """(titles of the plan's instructions, the weights after two steps) of convolutions that are joined."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input(X.shape[1:])
    parts = [layers.Conv2D(n, 3, padding="same", activation="relu", bias_initializer="ones")(inputs) for n in filters]
    joined = layers.Concatenate(axis)(parts)
    outputs = layers.Conv2D(16, 3, padding="same", activation="relu")(joined)
    if also_read:
        outputs = layers.Add()([outputs, layers.Conv2D(16, 1)(joined)])
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=not compiled)
    model.fit(X, np.tile(Y, (1, 2 if axis == 1 else 1, 1, 1)), batch_size=4, epochs=2, shuffle=False, verbose=0)
    plans = model._planner.entries.values() if compiled else ()
    return [instruction.title for plan in plans for instruction in plan.instructions], model.get_weights()


@pytest.mark.parametrize("filters", [(32, 16), (64, 32)])
def test_both_parts_are_read_and_their_gradients_written_in_place(filters):
    titles, weights = trained(True, filters)
    assert "convolution of two parts" in titles
    assert "gradient of convolution of two parts" in titles
    assert not any("Concatenate" in title for title in titles)
    for actual, expected in zip(weights, trained(False, filters)[1], strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(
    "settings",
    [{"filters": (16, 32)}, {"filters": (32, 16, 16)}, {"also_read": True}, {"axis": 1, "filters": (32, 32)}],
    ids=["first part of half a panel", "three parts", "another reader", "another axis"],
)
def test_other_concatenations_are_copied(settings):
    titles, weights = trained(True, **settings)
    assert "Concatenate" in titles
    assert not any("two parts" in title for title in titles)
    for actual, expected in zip(weights, trained(False, **settings)[1], strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)


SMALL = RNG.normal(size=(4, 4, 5, 16)).astype("float32")


def enlarged(compiled, join=True, size=2, window=3, trainable=True, also_read=False):
    """The same of a convolution of an upsampled image, alone or joined by another one."""
    keras.utils.set_random_seed(0)
    small, large = keras.Input(SMALL.shape[1:]), keras.Input((4 * size, 5 * size, 16))
    image = layers.Conv2D(32, 1, activation="relu", bias_initializer="ones", trainable=trainable)(small)
    upsampled = layers.UpSampling2D(size)(image)
    parts = [upsampled, layers.Conv2D(16, 3, padding="same", activation="relu")(large)]
    joined = layers.Concatenate()(parts) if join else upsampled
    outputs = layers.Conv2D(16, window, padding="same", activation="relu", bias_initializer="ones")(joined)
    if also_read:
        outputs = layers.Concatenate()([outputs, upsampled])
    model = keras.Model([small, large], outputs)
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=not compiled)
    x, y = np.resize(X, (4, *large.shape[1:])), np.resize(Y, (4, *outputs.shape[1:]))
    model.fit([SMALL, x], y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    plans = model._planner.entries.values() if compiled else ()
    return [instruction.title for plan in plans for instruction in plan.instructions], model.get_weights()


@pytest.mark.parametrize("join, trainable", [(True, True), (False, True), (False, False)])
def test_an_upsampled_image_is_read_before_it_is_upsampled(join, trainable):
    titles, weights = enlarged(True, join, trainable=trainable)
    images = "two parts, one upsampled" if join else "an upsampled image"
    assert f"convolution of {images}" in titles
    assert f"gradient of convolution of {images}" in titles
    assert not any("Repeat" in title or "Concatenate" in title for title in titles)
    for actual, expected in zip(weights, enlarged(False, join, trainable=trainable)[1], strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(
    "settings", [{"size": 3}, {"window": 5}, {"also_read": True}], ids=lambda given: next(iter(given))
)
def test_other_upsampled_images_are_copied(settings):
    titles, weights = enlarged(True, **settings)
    assert "Repeat" in titles
    assert not any("upsampled" in title for title in titles)
    for actual, expected in zip(weights, enlarged(False, **settings)[1], strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE)
