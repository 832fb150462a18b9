"""The activations namespace: names, configs, relu's arguments."""

import numpy as np
import pytest

from minikeras import activations, ops
from minikeras.autodiff import KerasTensor
from minikeras.saving import CustomObjectScope, register_keras_serializable

NAMES = sorted(set(activations.__all__) - {"get", "serialize", "deserialize"})


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_found_and_written_back(name):
    function = activations.get(name)
    assert callable(function)
    assert activations.get(activations.serialize(function)) is function
    assert activations.deserialize(name) is function


@pytest.mark.parametrize(
    "alias, name", [("swish", "silu"), ("hard_swish", "hard_silu"), ("relu", "relu"), ("linear", "linear")]
)
def test_aliases_are_written_by_their_name(alias, name):
    assert activations.serialize(activations.get(alias)) == name


def test_none_is_linear():
    assert activations.get(None) is activations.linear


@pytest.mark.parametrize("typo, meant", [("rleu", "relu"), ("sofmax", "softmax"), ("Sigmoid", "sigmoid")])
def test_typos_get_a_suggestion(typo, meant):
    for find in (activations.get, activations.deserialize):
        with pytest.raises(ValueError, match=f"Did you mean '{meant}'"):
            find(typo)


def test_what_is_no_function_is_refused():
    with pytest.raises(ValueError, match="Could not interpret activation function"):
        activations.get(3)


def test_own_functions():
    def double(x):
        return x * 2

    assert activations.get(double) is double
    config = activations.serialize(double)
    assert config["class_name"] == "function"
    assert activations.deserialize(config, custom_objects={"double": double}) is double
    with CustomObjectScope({"double": double}):
        assert activations.get(config) is double
        assert activations.get("double") is double


def test_registered_functions_are_written_with_their_package():
    @register_keras_serializable("test_activations")
    def triple(x):
        return x * 3

    assert activations.serialize(triple)["config"] == "test_activations>triple"
    assert activations.get(activations.serialize(triple)) is triple


def test_relu_with_slope_ceiling_and_threshold():
    x = np.array([-2, -1, 0, 0.5, 1, 5, 7], "float32")
    y = activations.relu(x, negative_slope=0.1, max_value=5.0, threshold=1.0)
    np.testing.assert_allclose(y, [-0.3, -0.2, -0.1, -0.05, 0, 5, 5], rtol=1e-6)
    np.testing.assert_array_equal(activations.relu(x, max_value=4), [0, 0, 0, 0.5, 1, 4, 4])
    np.testing.assert_array_equal(activations.relu(x, threshold=1), [0, 0, 0, 0, 0, 5, 7])


def test_gelu_is_exact_by_default():
    x = np.linspace(-3, 3, 7, dtype="float32")
    np.testing.assert_array_equal(activations.gelu(x), ops.gelu(x, approximate=False))


@pytest.mark.parametrize("name", ["relu", "mish", "gelu", "exponential", "softmax", "linear"])
def test_symbols(name):
    assert activations.get(name)(KerasTensor((None, 3))).shape == (None, 3)


def test_a_second_name_is_the_same_function():
    assert activations.swish is activations.silu
    assert activations.hard_swish is activations.hard_silu
