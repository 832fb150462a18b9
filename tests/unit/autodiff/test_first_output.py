"""`operation.input` and `operation.output`: those of the first call."""

import numpy as np
import pytest

import minikeras as keras


def test_a_shared_layer_has_the_output_of_its_first_call():
    layer = keras.layers.Dense(2)
    first, second = keras.Input((3,)), keras.Input((3,))
    output = layer(first)
    layer(second)
    assert layer.input is first
    assert layer.output is output


def test_features_are_taken_from_a_sequential_model_made_by_add():
    model = keras.Sequential([keras.Input((4,))])
    model.add(keras.layers.Dense(3, name="features"))
    model.add(keras.layers.Dense(2))  # each `add` calls the layers before again
    model.add(keras.layers.Dense(1))
    features = keras.Model(model.inputs, model.get_layer("features").output)
    x = np.ones((2, 4), "float32")
    np.testing.assert_array_equal(features(x), model.layers[0](x))


@pytest.mark.parametrize("attribute", ["input", "output"])
def test_a_layer_that_was_never_called_has_none(attribute):
    layer = keras.layers.Dense(2)
    with pytest.raises(AttributeError, match="has never been called"):
        getattr(layer, attribute)
    assert not hasattr(layer, attribute)
