"""A debugger in `fit` on the tape stops in `update_step` for each variable, and sees the formula at work there."""

import sys

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.optimizers.adam import adam

STEPS, VARIABLES = 4, 4


class Stops:
    """A tracer, as debuggers set one: it notes each entry of some functions, and what `look(frame)` returns there."""

    def __init__(self, functions, look):
        self.codes = {function.__code__ for function in functions}
        self.look, self.seen = look, []

    def trace(self, frame, event, argument):
        if event == "call" and frame.f_code in self.codes:
            self.seen.append((frame.f_code.co_name, self.look(frame)))


@pytest.fixture
def stopped():
    """A function that trains under a debugger, after whichever tracer there was is put back."""
    before = sys.gettrace()

    def train(optimizer, functions, look=lambda frame: None):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(2)])
        model.compile(optimizer, "mse", run_eagerly=True)
        x, y = np.random.default_rng(0).normal(size=(8, 3)), np.ones((8, 2))
        debugger = Stops(functions, look)
        sys.settrace(debugger.trace)
        try:
            model.fit(x, y, batch_size=2, shuffle=False, verbose=0)
        finally:
            sys.settrace(before)
        return debugger.seen, model.get_weights()

    return train


def test_it_stops_in_update_step_for_each_variable(stopped):
    seen, _ = stopped("adam", [keras.optimizers.Adam.update_step])
    assert len(seen) == STEPS * VARIABLES


def test_it_stops_in_the_formula_and_sees_whole_arrays(stopped):
    seen, _ = stopped("adam", [adam.formula], lambda frame: frame.f_locals["w"].shape)
    assert seen == [("adam", shape) for shape in [(3, 4), (4,), (4, 2), (2,)]] * STEPS


def test_the_formula_is_called_by_what_update_step_calls(stopped):
    """update_step, the rule, its reference, the formula: nothing else stands between."""

    def callers(frame):
        names = []
        while frame.f_code is not keras.optimizers.Adam.update_step.__code__:
            frame = frame.f_back
            names.append(frame.f_code.co_name)
        return names

    seen, _ = stopped("adam", [adam.formula], callers)
    assert {tuple(names) for _, names in seen} == {("reference", "__call__", "update_step")}


def test_a_variable_has_changed_when_update_step_returns(stopped):
    changes = []

    class Watching(keras.optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            before = variable.numpy().copy()
            super().update_step(gradient, variable, learning_rate)
            changes.append(not np.array_equal(before, variable.numpy()))

    stopped(Watching(), [keras.optimizers.Adam.update_step])
    assert changes == [True] * STEPS * VARIABLES


def test_a_debugger_changes_no_weights(stopped):
    _, followed = stopped("adam", [keras.optimizers.Adam.update_step])
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(2)])
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(np.random.default_rng(0).normal(size=(8, 3)), np.ones((8, 2)), batch_size=2, shuffle=False, verbose=0)
    for actual, expected in zip(model.get_weights(), followed, strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="Python 3.12 and later")
def test_debuggers_that_use_monitoring_are_seen(stopped):
    monitoring, calls = sys.monitoring, []
    if monitoring.get_tool(monitoring.DEBUGGER_ID) is not None:
        pytest.skip("a debugger runs this test")
    monitoring.use_tool_id(monitoring.DEBUGGER_ID, "test")
    try:
        monitoring.register_callback(
            monitoring.DEBUGGER_ID, monitoring.events.PY_START, lambda code, offset: calls.append(code)
        )
        monitoring.set_local_events(monitoring.DEBUGGER_ID, adam.formula.__code__, monitoring.events.PY_START)
        model = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(2)])
        model.compile("adam", "mse", run_eagerly=True)
        model.fit(np.ones((8, 3)), np.ones((8, 2)), batch_size=2, verbose=0)
    finally:
        monitoring.free_tool_id(monitoring.DEBUGGER_ID)
    assert len(calls) == STEPS * VARIABLES
