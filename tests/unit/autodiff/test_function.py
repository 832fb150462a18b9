"""`keras.Function`: what it takes as inputs, and which graphs it refuses."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import KerasTensor

X = np.ones((2, 3), "float32")


def doubled(structure):
    x = keras.Input((3,), name="x")
    return keras.Function(structure(x), x * 2)


@pytest.mark.parametrize(
    "own, given",
    [
        (lambda x: x, [X]),
        (lambda x: [x], X),
        (lambda x: [x], (X,)),
        (lambda x: {"a": x}, {"b": X}),
        (lambda x: {"a": x}, {"a": X, "b": X}),
    ],
)
def test_inputs_are_nested_as_those_of_the_graph(own, given):
    with pytest.raises(ValueError, match="invalid input structure"):
        doubled(own)(given)


@pytest.mark.parametrize("shape", [(2, 4), (3,), (2, 3, 1)])
def test_inputs_of_another_shape_are_incompatible(shape):
    function = doubled(lambda x: x)
    for given in (np.ones(shape, "float32"), KerasTensor(shape)):
        with pytest.raises(ValueError, match="incompatible"):
            function(given)
    with pytest.raises(ValueError, match="incompatible"):
        function.compute_output_shape(shape)


def test_an_unknown_length_may_be_known():
    function = doubled(lambda x: {"a": x})
    assert function({"a": KerasTensor((7, 3))}).shape == (7, 3)
    assert function.compute_output_shape({"a": (7, 3)}) == (7, 3)
    assert function.compute_output_spec({"a": KerasTensor((None, None))}).shape == (None, None)


def test_names_of_operations_are_different():
    x = keras.Input((3,))
    y = keras.layers.Dense(2, name="d")(keras.layers.Dense(2, name="d")(x))
    for make in (keras.Function, keras.Model):
        with pytest.raises(ValueError, match="unique"):
            make(x, y)
