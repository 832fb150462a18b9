"""When plans are made, kept, and thrown away."""

import copy
import pickle
from contextlib import nullcontext

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.plans import planner
from minikeras.plans.plan import Plan

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")


def model_of(*parts, **arguments):
    model = keras.Sequential([keras.Input((4,)), *parts, layers.Dense(2)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **arguments})
    return model


def plans(model):
    return [entry for entry in model._planner.entries.values() if isinstance(entry, Plan)]


def test_the_third_step_is_the_first_replay():
    model = model_of()
    for replays in (None, 0, 1, 2):
        model.predict(X[:8], verbose=0)
        assert [plan.replays for plan in plans(model)] == ([] if replays is None else [replays])


def test_another_model_does_not_void_plans():
    model = model_of()
    model.fit(X, X[:, :2], verbose=0, batch_size=16)
    (plan,) = plans(model)
    model_of(layers.Dropout(0.5)).layers[0].rate = 0.1
    model.fit(X, X[:, :2], verbose=0, batch_size=16)
    assert plans(model) == [plan]


def add_a_layer(model):
    model.add(layers.Dense(2))


def change_a_setting(model):
    model.layers[0].rate = 0.1


def freeze(model):
    model.trainable = False
    model.trainable = True


def replace_the_optimizer(model):
    model.optimizer = keras.optimizers.SGD(0.01)


def choose_another_algorithm(model):
    keras.config.set_convolution_algorithm("direct")


@pytest.mark.parametrize(
    "change", [add_a_layer, change_a_setting, freeze, replace_the_optimizer, choose_another_algorithm]
)
def test_a_change_of_the_model_voids_its_plans(change):
    model = model_of(layers.Dropout(0.5))
    model.predict(X, verbose=0)
    model.predict(X, verbose=0)
    (plan,) = plans(model)
    try:
        change(model)
        model.predict(X, verbose=0)
        assert plan not in plans(model)
    finally:
        keras.config.set_convolution_algorithm("auto")


def test_the_plan_that_was_not_used_for_the_longest_time_goes():
    model = model_of()
    for size in range(1, planner.KEPT_PLANS + 1):
        for _ in range(3):
            model.predict(X[:size], verbose=0)
    model.predict(X[:1], verbose=0)
    for _ in range(2):
        model.predict(X[:60], verbose=0)
    sizes = [key.arrays[0][0][0] for key in model._planner.entries]
    assert len(sizes) == planner.KEPT_PLANS
    assert 1 in sizes
    assert 2 not in sizes


def test_ever_new_shapes_are_not_traced_for_ever(monkeypatch):
    monkeypatch.setattr(planner, "MAX_TRACES", 5)
    model = model_of()
    for size in range(1, 20):
        model.predict(X[:size], verbose=0)
    assert model._planner._traces == 6


def test_plans_share_one_block_of_memory():
    model = model_of(layers.Dense(100, activation="relu"))
    model.fit(X, X[:, :2], verbose=0, batch_size=16, epochs=2, validation_data=(X[:30], X[:30, :2]))
    model.evaluate(X[:30], X[:30, :2], verbose=0, batch_size=10)
    made = plans(model)
    assert len(made) >= 3
    assert len({plan.arena._block.ctypes.data for plan in made}) == 1


@pytest.mark.parametrize("copy_of", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_model_makes_plans_of_its_own(copy_of):
    model = model_of()
    model.fit(X, X[:, :2], verbose=0, batch_size=16)
    other = copy_of(model)
    assert other._planner is None
    for one in (model, other):
        one.fit(X, X[:, :2], verbose=0, batch_size=16, epochs=2, shuffle=False)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)  # the first steps of `other` run by the tape
    model.fit(X, X[:, 1:3], verbose=0, batch_size=16)
    assert not np.allclose(model.get_weights()[0], other.get_weights()[0])


def test_two_inputs_and_their_structures_have_plans_of_their_own():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    model = keras.Model([a, b], layers.Dense(2)(layers.Add()([a, b])))
    for x in ([X, X * 2], {"a": X, "b": X * 2}, [X * 2, X]):
        for _ in range(3):
            y = model.predict(x, verbose=0)
            np.testing.assert_allclose(y, model([X, X * 2]), rtol=1e-5, atol=1e-5)
    assert len(plans(model)) == 2


def test_a_plan_is_made_when_it_is_needed(monkeypatch):
    made = []
    make = Plan.__init__
    monkeypatch.setattr(Plan, "__init__", lambda plan, *arguments: (made.append(plan), make(plan, *arguments))[1])
    model = model_of()
    model.fit(X, X[:, :2], verbose=0, batch_size=32)
    assert not made  # two steps do without
    model.fit(X[:32], X[:32, :2], verbose=0, batch_size=32)
    (plan,) = plans(model)
    assert made == [plan]
    assert plan.replays == 1


def test_what_changes_before_a_plan_is_made_is_heeded():
    model, by_tape = model_of(optimizer=keras.optimizers.SGD(0.1)), model_of(run_eagerly=True)
    by_tape.optimizer = keras.optimizers.SGD(0.1)
    by_tape.set_weights(model.get_weights())
    for each in (model, by_tape):
        each.fit(X, X[:, :2], verbose=0, batch_size=32, shuffle=False)
        each.optimizer.learning_rate = 0.01
        each.optimizer.clipnorm = 0.05
        each.fit(X, X[:, :2], verbose=0, batch_size=32, shuffle=False)
    for a, b in zip(model.get_weights(), by_tape.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("limit, by_references", [(98, True), (97, False)])
def test_references_do_the_first_steps_of_small_networks_only(monkeypatch, limit, by_references):
    """Here 58 weights, and 40 outputs of two layers for four rows."""
    monkeypatch.setattr(planner, "ALL", limit)
    entered = []
    monkeypatch.setattr(planner, "references", lambda: entered.append(1) or nullcontext())
    model_of(layers.Dense(8)).train_on_batch(X[:4], X[:4, :2])
    assert bool(entered) == by_references
