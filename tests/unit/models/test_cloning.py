"""clone_model: the same architecture, new weights."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.models import clone_model

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def sequential():
    return keras.Sequential([keras.Input((4,)), layers.Dense(3, name="a"), layers.Dense(2, name="b")], name="model")


def test_layers_are_new_and_weights_are_drawn_anew():
    model = sequential()
    clone = clone_model(model)
    assert [layer.name for layer in clone.layers] == ["a", "b"]
    assert all(one is not other for one, other in zip(model.layers, clone.layers, strict=True))
    assert not np.array_equal(model.get_weights()[0], clone.get_weights()[0])
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(model(X), clone(X))


def test_a_clone_is_trained_without_touching_the_original():
    model = sequential()
    model.compile("adam", "mse")
    before = model.get_weights()
    clone = clone_model(model)
    assert clone.optimizer is not model.optimizer
    clone.fit(X, X[:, :2], verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert int(model.optimizer.iterations) == 0


def test_layers_used_twice_stay_shared():
    inputs = keras.Input((4,))
    shared = layers.Dense(4)
    inner = keras.Sequential([shared])
    model = keras.Model(inputs, inner(shared(shared(inputs))))
    assert len(clone_model(model, recursive=True).weights) == len(model.weights) == 2


def test_layers_can_be_exchanged():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.Dropout(0.5), layers.Dense(1)])

    def without_dropout(layer):
        return (
            layers.Activation("linear")
            if isinstance(layer, layers.Dropout)
            else type(layer).from_config(layer.get_config())
        )

    clone = clone_model(model, clone_function=without_dropout)
    assert not any(isinstance(layer, layers.Dropout) for layer in clone.layers)
    np.testing.assert_array_equal(clone(X, training=True), clone(X))


def test_a_clone_can_begin_with_other_inputs():
    inputs = keras.Input((7,), name="wider")
    clone = clone_model(sequential(), input_tensors=inputs)
    assert clone.input_shape == (None, 7)
    assert clone.inputs[0] is inputs


def test_inputs_made_by_a_layer_are_cut_off():
    x = layers.Dense(4)(keras.Input((9,)))
    clone = clone_model(keras.Model(model_input := keras.Input((4,)), layers.Dense(2)(model_input)), input_tensors=x)
    assert clone.input_shape == (None, 4)
    assert len(clone.weights) == 2


def test_subclasses_of_functional_models_keep_their_class():
    class Own(keras.Model):
        def extra(self):
            return 5

    inputs = keras.Input((4,))
    assert clone_model(Own(inputs, layers.Dense(2)(inputs))).extra() == 5


@pytest.mark.parametrize("not_a_model", [3, "model", None])
def test_what_is_no_model_is_refused(not_a_model):
    with pytest.raises(ValueError, match="needs a Model"):
        clone_model(not_a_model)
