"""`Masking`: padding becomes 0 and False in the mask."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_steps_that_hold_nothing_but_the_value_are_left_out(value):
    x = np.array([[[1, 2], [0, 0], [1, 1]], [[0, 3], [1, 1], [0, 0]]], "float32")
    layer = layers.Masking(mask_value=value)
    y = layer(x)
    expected = np.array([[bool(np.any(row != value)) for row in sample] for sample in x])
    np.testing.assert_array_equal(y._keras_mask, expected)
    np.testing.assert_array_equal(y, x * expected[..., None])
    np.testing.assert_array_equal(layer.compute_mask(x), expected)


def test_the_mask_goes_on_through_layers_that_support_masks():
    inputs = keras.Input((None, 2))
    masked = layers.Dense(3)(layers.Masking()(inputs))
    assert masked._keras_mask.shape == (None, None)
    with pytest.warns(UserWarning, match="does not pass the mask of its input on"):
        assert getattr(layers.Flatten()(layers.Masking()(keras.Input((4, 2)))), "_keras_mask", None) is None
