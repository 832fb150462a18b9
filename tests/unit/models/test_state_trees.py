"""The state of a model as a tree, and models made from parts of others."""

import numpy as np
import pytest

import minikeras as keras


def model(units=3, name="d"):
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, name=name)], name="m")
    made.add(keras.layers.BatchNormalization(name="norm"))
    return made


def test_state_trees_refuse_what_they_do_not_know():
    made = model()
    tree = made.get_state_tree("numpy_array")
    assert set(tree["trainable_variables"]["m"]) == {"d", "norm"}
    with pytest.raises(ValueError, match=r"has no variable 'm/d/kernal'\. Did you mean 'm/d/kernel'"):
        made.set_state_tree({"trainable_variables": {"m": {"d": {"kernal": np.zeros((4, 3))}}}})
    with pytest.raises(ValueError, match="Unknown variable name"):
        made.set_state_tree({"trainable": {}})
    with pytest.raises(ValueError, match="value_format"):
        made.get_state_tree("list")


def test_intermediate_tensors_as_inputs_leave_the_first_model_alone():
    x = keras.Input((4,))
    hidden = keras.layers.Dense(3, activation="relu")(x)
    whole = keras.Model(x, keras.layers.Dense(2)(hidden))
    head = keras.Model(whole.layers[1].output, whole.output)
    data = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    between = keras.Model(x, hidden).predict(data, verbose=0)
    np.testing.assert_array_equal(head.predict(between, verbose=0), whole.predict(data, verbose=0))
    assert head.layers[1] is whole.layers[2]
