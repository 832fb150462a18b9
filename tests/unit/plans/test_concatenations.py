"""Convolutions that read the two parts of a concatenation: the same training, and where the copy must stay."""

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
