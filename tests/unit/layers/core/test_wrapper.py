"""`Wrapper`: a layer around another one."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers


@keras.saving.register_keras_serializable("tests")
class Twice(layers.Wrapper):
    def call(self, inputs):
        return self.layer(self.layer(inputs))


def test_the_inner_layer_is_built_and_its_weights_are_the_wrappers():
    wrapper = Twice(layers.Dense(3, name="inner"), name="twice")
    x = np.ones((2, 3), "float32")
    y = wrapper(x)
    kernel, bias = [np.asarray(weight) for weight in wrapper.layer.weights]
    np.testing.assert_allclose(y, (x @ kernel + bias) @ kernel + bias, rtol=1e-6)
    assert [weight.path for weight in wrapper.weights] == ["twice/inner/kernel", "twice/inner/bias"]


def test_the_config_holds_that_of_the_inner_layer():
    wrapper = Twice(layers.Dense(3, activation="relu"))
    copy = layers.deserialize(layers.serialize(wrapper))
    assert isinstance(copy.layer, layers.Dense)
    assert copy.get_config() == wrapper.get_config()


def test_what_is_no_layer_is_refused():
    with pytest.raises(ValueError, match=r"supplied to Twice.*`keras.layers.Layer` instance.*Call the class"):
        Twice(layers.Dense)


def test_the_shape_that_files_keep_is_that_of_the_wrapper():
    layer = layers.TimeDistributed(layers.Dense(3))
    layer.build((None, 4, 5))  # builds the inner layer for (None, 5)
    assert layer.get_build_config() == {"input_shape": (None, 4, 5)}
    with pytest.raises(ValueError, match="known length"):
        (failing := layers.TimeDistributed(layers.Dense(3))).build((None, 4, None))
    assert failing.get_build_config() is None
