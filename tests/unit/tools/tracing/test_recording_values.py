"""A recording has the numbers of the step: values, gradients, memory, sums; and keeps to its budget."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.tools.tracing.budget import Budget
from minikeras.tools.tracing.records import BACKWARD, FORWARD, LOSS, METRICS, UPDATE
from tests.unit.tools.tracing.networks import trace_of
from tests.unit.tools.tracing.recorded_models import ROUNDING, X, Y, classifier

# --- the numbers ----------------------------------------------------------------------------------------------------


def test_values_and_gradients_are_those_of_the_step():
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="tanh", name="a"), layers.Dense(3, name="b")]
    )
    model.compile(keras.optimizers.SGD(0.5), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    trace = model.explain_step(X, Y)
    with keras.GradientTape() as tape:
        hidden = model.layers[0](X)
        tape.watch(hidden)
        outputs = model.layers[1](hidden)
        loss = model.loss(Y, outputs)
    d_hidden, *d_weights = tape.gradient(loss, [hidden, *model.trainable_variables])
    np.testing.assert_array_equal(trace.layers["a"].output, hidden)
    np.testing.assert_allclose(trace.layers["a"].gradient, d_hidden, atol=ROUNDING)
    np.testing.assert_allclose(trace.layers["b"].input_gradients[0], d_hidden, atol=ROUNDING)
    for variable, gradient in zip(model.trainable_variables, d_weights, strict=True):
        weight = trace.weights[variable.path]
        np.testing.assert_array_equal(weight.before, variable)
        np.testing.assert_allclose(weight.gradient, gradient, atol=ROUNDING)
        np.testing.assert_allclose(weight.update, -0.5 * weight.gradient, atol=ROUNDING)
    assert trace.loss == pytest.approx(float(loss), rel=ROUNDING)
    assert trace.layers["a"].input_gradients[0].shape == X.shape


def test_events_are_in_order_with_phase_layer_cost_and_line():
    trace = trace_of("MLP")
    events = trace.step().events
    phases = [event.phase for event in events if event.kind != "metric"]
    order = {phase: place for place, phase in enumerate((FORWARD, LOSS, BACKWARD, UPDATE, METRICS))}
    assert phases == sorted(phases, key=order.get)
    assert [event.number for event in events] == list(range(len(events)))
    first = events[0]
    assert (first.name, first.layer, first.flops) == ("ProductEpilogue", "hidden", 2 * 16 * 12 * 16 + 2 * 16 * 16)
    assert first.bytes == 4 * (16 * 12 + 12 * 16 + 16 + 16 * 16)
    assert first.line[0] == __file__.replace("test_recording_values", "networks")
    assert first.layer_line[0].endswith("dense.py")
    gradients = [event for event in events if event.kind == "gradient"]
    assert [events[event.of].name for event in gradients] == [event.name for event in gradients]
    update = next(event for event in events if event.kind == "update")
    assert (update.name, update.details["learning_rate"]) == ("SGD", pytest.approx(0.1))
    metric = next(event for event in events if event.kind == "metric")
    assert metric.details["result"] == pytest.approx(trace.loss)
    assert all(event.seconds >= 0 and event.thread == "MainThread" for event in events)


def test_moving_averages_masks_and_dead_units():
    model = classifier()
    model.layers[0].set_weights([np.zeros((6, 8)), [-1.0] * 3 + [1.0] * 5])
    trace = model.explain_step(X[:8], Y[:8])
    moving = trace.weights["classifier/normalized/moving_mean"]
    np.testing.assert_allclose(
        moving.after, 0.01 * trace.layers["hidden"].output.mean(axis=0), rtol=1e-5
    )  # momentum 0.99
    assert trace.layers["hidden"].dead_units == 3
    kept = next(event for event in trace.ops if event.name == "KeepScaled")
    mask = trace.value(kept.inputs[1])
    assert trace.step().events[mask.origin[1]].name == "draw_mask"


def test_memory_holds_what_gradients_need_and_ends_at_nothing():
    step = trace_of("MLP").step()
    after = {(event.name, event.layer, event.kind): live for event, live in zip(step.events, step.live, strict=True)}
    hidden, mask, dropped, sums, tanh = (4 * 16 * 16, 16 * 16, 4 * 16 * 16, 4 * 16 * 8, 4 * 16 * 8)
    assert after["ProductEpilogue", "hidden", "op"] == hidden
    assert after["KeepScaled", "dropped", "op"] == hidden + mask + dropped
    assert after["Tanh", "second", "op"] == hidden + mask + dropped + sums + tanh
    assert (
        after["ProductEpilogue", "head", "op"] == hidden + mask + dropped + tanh + 4 * 16 * 3
    )  # tanh keeps its output
    assert step.live[-1] == 0


def test_sums_of_gradients_name_their_parts():
    inputs = keras.Input((6,))
    x = layers.Dense(6, name="shared")(inputs)
    model = keras.Model(inputs, ops.tanh(x) * x)
    model.compile("sgd", "mse")
    trace = model.explain_step(X, X)
    step = trace.step()
    gradient = step.values[step.gradients[trace.layers["shared"].call.outputs[0]]]
    kind, *parts = gradient.origin
    assert kind == "sum"
    np.testing.assert_allclose(gradient.array, sum(step.values[n].array for n in parts), atol=ROUNDING)


# --- the budget -----------------------------------------------------------------------------------------------------


def test_a_budget_keeps_arrays_whole_then_rows_then_statistics():
    budget = Budget(1 << 20)
    assert budget.grant((8, 8), 256) == ("whole", None)
    assert budget.grant((1024, 1024), 1 << 22) == ("rows", 15)  # of 4096 bytes, in a sixteenth of what is left
    assert budget.grant((2, 1 << 20), 1 << 23) == ("summary", None)
    assert Budget(0).grant((2,), 8) == ("summary", None)
    fair = Budget(1 << 20, needed=1 << 22)
    assert [fair.grant((64, 4096), 1 << 20) for _ in range(4)] == [("rows", 16)] * 4
    assert fair.left == 0
    assert fair.is_exceeded
    with pytest.raises(ValueError, match="number of bytes"):
        Budget(-1)


def test_a_small_budget_is_kept_and_statistics_are_of_all_elements():
    whole, small = trace_of("MLP"), trace_of("MLP", budget=2_000)
    kept = sum(v.array.nbytes for v in small.step().values if v.array is not None and v.alias is None)
    assert kept <= 2_000
    assert {value.detail for value in small.step().values} >= {"whole", "summary"}
    for a, b in zip(whole.step().values, small.step().values, strict=True):
        assert a.statistics == b.statistics


def test_the_gradient_of_the_batch_is_noted_though_it_was_not_kept():
    step = trace_of("MLP", budget=2_000).step()
    gradients = [step.values[step.gradients[v.number]] for v in step.values if v.name == "x"]
    assert [(gradient.shape, gradient.array is None) for gradient in gradients] == [((16, 12), True)]
