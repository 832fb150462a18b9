"""After an examination everything is as before: weights, slots, metrics, generators; after Ctrl-C, too."""

import random

import numpy as np
import pytest

import minikeras as keras
from minikeras import Sequential, layers
from minikeras.utils.kept_state import kept_state, state_of

X, Y = np.random.default_rng(0).normal(size=(64, 6)).astype("float32"), np.arange(64) % 3


OTHER_ORDER = 1e-5  # the first step of a model without weights runs op by op, of another by fused ones


def network(make=lambda: layers.Dropout(0.5), built=True):
    keras.utils.set_random_seed(0)
    model = Sequential([layers.Dense(8, "relu"), make(), layers.Dense(3, "softmax")])
    if built:
        model.build((None, 6))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def everything(model):
    return [v.array.copy() for v in state_of(model)], random.random(), np.random.rand()


def assert_equal(some, others):
    for a, b in zip(some[0], others[0], strict=True):
        np.testing.assert_array_equal(a, b)
    assert some[1:] == others[1:]


def after(action):
    """Everything after a training, an action and another step."""
    model = network()
    model.fit(X, Y, batch_size=16, verbose=0)
    action(model)
    model.train_on_batch(X, Y)
    return everything(model)


def step_with_an_end(model):
    with kept_state(model):
        model.fit(X, Y, verbose=0)
        random.seed(9)
        np.random.seed(9)
        raise KeyboardInterrupt


def interrupted(model):
    with pytest.raises(KeyboardInterrupt):
        step_with_an_end(model)


@pytest.mark.parametrize("action", [interrupted, lambda model: model.diagnose(X, Y, verbose=0)])
def test_a_training_goes_on_as_if_nothing_had_been(action):
    assert_equal(after(action), after(lambda model: None))


def test_the_arrays_are_the_same():
    model = network()
    model.fit(X, Y, verbose=0)
    before = [variable.array for variable in model.variables]
    interrupted(model)
    assert all(variable.array is array for variable, array in zip(model.variables, before, strict=True))


def test_a_model_without_weights_gets_those_of_its_first_step():
    results = []
    for examined in (False, True):
        model = network(built=False)
        if examined:
            model.diagnose(X, Y, verbose=0)
        model.fit(X, Y, batch_size=16, verbose=0)
        other = layers.Dense(8)  # whose weights come from the same generator
        other.build((None, 6))
        results.append((*everything(model), *other.kernel.numpy().reshape(-1)))
    assert results[0][1:] == results[1][1:]
    for a, b in zip(results[0][0], results[1][0], strict=True):
        np.testing.assert_allclose(a, b, rtol=OTHER_ORDER, atol=OTHER_ORDER)


class Interrupting(layers.Layer):
    calls, last = 0, 10**9

    def call(self, x):
        Interrupting.calls += 1
        if Interrupting.calls > self.last:
            raise KeyboardInterrupt
        return x


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_ctrl_c_in_the_middle_of_an_examination(calls):
    model = network(Interrupting)
    model.fit(X, Y, batch_size=16, verbose=0)
    model.optimizer.iterations.assign(0)  # the range test of the learning rate runs on new models
    before = [v.array.copy() for v in state_of(model)]
    Interrupting.calls, Interrupting.last = 0, calls
    try:
        with pytest.raises(KeyboardInterrupt):
            model.diagnose(X, Y, verbose=0)
    finally:
        Interrupting.last = 10**9
    for a, v in zip(before, state_of(model), strict=True):
        np.testing.assert_array_equal(a, v.array)


class Noise(layers.Layer):
    """Random in inference, too, with a count of its calls."""

    def build(self, input_shape):
        self.seeds = keras.random.SeedGenerator(3)
        self.count = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)

    def call(self, x):
        self.count.assign_add(1)
        return x + keras.random.normal((6,), seed=self.seeds)


def test_a_summary_with_costs_changes_no_state(capsys):
    model = Sequential([keras.Input((6,)), Noise()])
    before = [v.array.copy() for v in state_of(model)]
    model.summary(show_cost=True)
    assert "FLOPs" in capsys.readouterr().out
    for a, v in zip(before, state_of(model), strict=True):
        np.testing.assert_array_equal(a, v.array)
