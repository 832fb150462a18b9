"""Tracing: what a recorder writes down, what it refuses, when two traces are the same step."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.autodiff.effects import effect
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.plans.plan import Plan
from minikeras.plans.trace import Recorder, Untraceable, difference


def trace(step, *arrays, variables=()):
    """The trace of step(*Tensors), with its result."""
    arrays = [np.asarray(a, "float32") for a in arrays]
    recorder = Recorder(arrays, variables)
    with recorder:
        result = step(*[Tensor(a) for a in arrays])
    return recorder.trace(recorder.template(result))


def titles(traced):
    return [instruction.title for instruction in traced.instructions]


def test_ops_effects_and_gradients_are_written_down_in_order():
    weight = Variable(np.ones(3, "float32"), name="weight")
    seen = []

    def step(x):
        with GradientTape() as tape:
            y = ops.sum(x * weight)
        effect(seen.append, y)
        return tape.gradient(y, weight)

    traced = trace(step, [1, 2, 3], variables=[weight])
    assert titles(traced) == [
        "read weight",
        "Multiply",
        "Sum",
        "list.append",
        "gradient of Sum",
        "gradient of Multiply",
    ]
    assert len(seen) == 1  # the traced step counts
    gradient = Plan(traced, compiled=False).run([np.array([4, 5, 6], "float32")])
    np.testing.assert_array_equal(gradient, [4, 5, 6])
    assert float(seen[1]) == 15


def test_a_variable_is_read_at_each_replay():
    weight = Variable(np.ones(2, "float32"), name="weight")
    plan = Plan(trace(lambda x: x + weight, [0, 0], variables=[weight]), compiled=False)
    weight.assign([5, 6])
    np.testing.assert_array_equal(plan.run([np.ones(2, "float32")]), [6, 7])


def test_a_variable_that_an_effect_changes_is_read_again():
    count = Variable(np.zeros((), "float32"), name="count", trainable=False)

    def step(x):
        before = x + count
        effect(count.assign_add, 1.0)
        return before, x + count

    plan = Plan(trace(step, 0.0, variables=[count]), compiled=False)
    assert [float(y) for y in plan.run([np.zeros((), "float32")])] == [1, 2]


def reads_a_number(x):
    return x * float(ops.sum(x).array)


def draws(x):
    return x + np.random.default_rng().normal(size=2).astype("float32")


def changes_its_mind(x):
    return x + 1 if x.array[0] > 0 else x - 1


@pytest.mark.parametrize("step", [reads_a_number, draws, changes_its_mind])
def test_steps_that_depend_on_numbers_differ_between_traces(step):
    assert difference(trace(step, [1, 2]), trace(step, [-3, 4])) is not None


@pytest.mark.parametrize("step", [lambda x: x + 1, lambda x: ops.concatenate([x, np.ones(3, "float32")]), ops.softmax])
def test_steps_that_depend_on_shapes_alone_are_the_same(step):
    assert difference(trace(step, [1, 2]), trace(step, [-3, 4])) is None


def test_an_assignment_is_an_effect_and_old_values_stay():
    state = Variable(np.ones(1, "float32"), name="state")

    def step(x):
        before = state.value
        state.assign_add(x)
        return before * 10 + state

    traced = trace(step, [1.0], variables=[state])
    assert "state.assign_add" in titles(traced)
    for compiled in (False, True):
        state.assign([5.0])
        assert Plan(traced, compiled=compiled).run([np.array([2.0], "float32")]).array == 57


def test_a_change_of_a_variable_that_nobody_noted_is_refused():
    state = Variable(np.zeros((), "float32"), name="state")

    def step(x):
        state._tensor = Tensor(np.ones((), "float32"))
        return x * 2

    with pytest.raises(Untraceable, match="'state' is assigned to while a layer computes"):
        trace(step, [1.0], variables=[state])


def test_an_op_whose_setting_is_an_array_is_refused():
    with pytest.raises(Untraceable, match="GetItem got values of this batch"):
        trace(lambda x: x[np.array([1, 0])], [1, 2])


def test_an_effect_whose_error_is_caught_is_refused():
    """The ops after it are noted again: nothing of the step is lost, but a replay could not raise the error."""

    def fails():
        raise KeyError

    def step(x):
        try:
            effect(fails)
        except KeyError:
            return x + 1

    with pytest.raises(Untraceable, match="fails raised an error"):
        trace(step, [1.0])


def test_a_function_inside_an_effect_runs_as_it_will_in_replays():
    from minikeras.autodiff.state import thread

    seen = []

    def step(x):
        seen.append(thread.unfused)
        effect(lambda: seen.append(thread.unfused))
        seen.append(thread.unfused)
        return x + 1

    trace(step, [1.0])
    assert seen == [True, False, True]


def test_the_tape_is_as_before_after_a_trace():
    from minikeras.autodiff.state import thread

    with pytest.raises(ZeroDivisionError):
        trace(lambda x: 1 / 0, [1.0])
    assert thread.tapes == thread.op_called == thread.effect_begins == ()
    assert not thread.unfused
