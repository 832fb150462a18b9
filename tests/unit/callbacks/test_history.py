"""History, as `fit` returns it."""

import numpy as np

import minikeras as keras
from minikeras.callbacks import History

X, Y = np.ones((6, 3), "float32"), np.ones((6, 1), "float32")


def compiled():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def test_one_value_for_each_epoch():
    model = compiled()
    history = model.fit(X, Y, epochs=3, validation_split=0.5, verbose=0)
    assert list(history.history) == ["loss", "mae", "val_loss", "val_mae"]
    assert all(
        len(values) == 3 and all(type(value) is float for value in values) for values in history.history.values()
    )
    assert history.epoch == [0, 1, 2]
    assert model.history is history
    assert history.model is model


def test_epochs_are_numbered_from_the_initial_one():
    assert compiled().fit(X, Y, initial_epoch=2, epochs=4, verbose=0).epoch == [2, 3]


def test_a_training_of_no_epochs_leaves_it_empty():
    history = compiled().fit(X, Y, epochs=0, verbose=0)
    assert (history.history, history.epoch) == ({}, [])


def test_a_history_of_ones_own_is_returned_and_goes_on_collecting():
    own, model = History(), compiled()
    assert model.fit(X, Y, verbose=0, callbacks=[own]) is own
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[own])
    assert len(own.history["loss"]) == 3
    assert own.epoch == [0, 1]
