"""`input_shape` and `output_shape` of functional models: one tensor's shape stands alone, however it was given."""

import pytest

from minikeras import Input, Model, Sequential, layers


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"name": x}], ids=["tensor", "list", "dict"])
def test_the_shape_of_a_single_tensor_is_not_nested(wrap):
    inputs = Input((4,))
    model = Model(wrap(inputs), wrap(layers.Dense(2)(inputs)))
    assert model.input_shape == (None, 4)
    assert model.output_shape == (None, 2)


def test_shapes_of_several_tensors_are_a_list_in_flat_order():
    a, b = Input((4,)), Input((3,))
    model = Model([a, b], {"sum": layers.Dense(2)(a), "b": b})
    assert model.input_shape == [(None, 4), (None, 3)]
    assert model.output_shape == [(None, 3), (None, 2)]  # by the keys, as in Keras


def test_a_sequential_model_starts_with_a_model_of_a_list_of_one_input():
    inputs = Input((4,))
    base = Model([inputs], layers.Dense(3)(inputs))
    assert Sequential([base, layers.Dense(1)]).output_shape == (None, 1)
