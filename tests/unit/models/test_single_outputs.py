"""Functional models whose outputs were given as a list of one."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers

X = np.ones((3, 2), "float32")


@pytest.mark.parametrize("nest", [lambda x: [x], lambda x: (x,)], ids=["list", "tuple"])
def test_a_list_of_one_output_comes_as_this_output(nest):
    x = keras.Input((2,))
    model = keras.Model(nest(x), nest(layers.Dense(4)(x)))
    assert model(X).shape == (3, 4)
    assert model.predict(X, verbose=0).shape == (3, 4)
    assert model.predict_on_batch(X).shape == (3, 4)
    assert model.output_shape == (None, 4)


def test_symbolic_calls_keep_the_list():
    x = keras.Input((2,))
    model = keras.Model([x], [layers.Dense(4)(x)])
    (y,) = model(keras.Input((2,)))
    assert y.shape == (None, 4)
    assert keras.Function([x], [layers.Dense(4)(x)])([X])[0].shape == (3, 4)


def test_dropout_switched_on_when_the_graph_was_drawn_changes_nothing_about_it():
    x = keras.Input((2,))
    model = keras.Model([x], [layers.Dropout(0.5)(x, training=True)])
    assert model(X, training=False).shape == (3, 2)
