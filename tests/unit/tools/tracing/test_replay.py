"""A recorded step again with something changed: what changes is what depends on it."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks import StepTrace
from minikeras.tools.tracing.views import layers_of
from tests.unit.tools.tracing.networks import NETWORKS, trace_of

ROUNDING = 1e-6  # of a step of a small network in float32, relative
HEAD = "mlp/head/kernel"


@pytest.fixture(scope="module")
def trace():
    return trace_of("MLP")


def state_of(model):
    return [v.numpy() for v in [*model.variables, *model.optimizer.variables]]


def test_another_learning_rate_changes_updates_alone(trace):
    before = state_of(trace.models[0])
    difference = trace.replay(learning_rate=0.2)
    assert difference[f"{HEAD}: gradient"] == difference["hidden: output"] == 0
    assert difference[f"{HEAD}: update"] == pytest.approx(1, rel=1e-3)  # from 0.1 to 0.2; after − before is rounded
    assert difference.loss[0] == difference.loss[1]
    for a, b in zip(before, state_of(trace.models[0]), strict=True):
        np.testing.assert_array_equal(a, b)


def test_other_weights_change_what_comes_after_them(trace):
    difference = trace.replay(changes={"second/kernel": lambda kernel: kernel * 1.1})
    assert difference["hidden: output"] == 0
    assert difference["second: output"] > 0.01
    assert difference["mlp/second/kernel: value"] == pytest.approx(0.1, rel=1e-4)
    assert "second/kernel has other values" in repr(difference)


def test_a_frozen_layer_has_no_update_and_is_trained_again_afterwards(trace):
    difference = trace.replay(freeze="head")
    assert difference[f"{HEAD}: update"] is None
    assert difference["mlp/hidden/kernel: update"] == 0
    assert trace.models[0].get_layer("head").trainable
    assert len(trace.models[0].trainable_variables) == 6


def test_a_sample_less(trace):
    difference = trace.replay(drop_sample=[0, 1])
    assert difference.after.values[0].shape == (14, 12)
    assert difference["hidden: output"] < ROUNDING  # the other samples' rows


def test_double_precision_shows_rounding(trace):
    difference = trace.replay(dtype="float64")
    output = layers_of(difference.after)["hidden"].output
    assert output.dtype == "float64"
    assert 0 < difference["hidden: output"] < ROUNDING
    assert {v.dtype for v in trace.models[0].trainable_variables} == {"float32"}


def test_a_step_of_fit_is_replayed_from_its_own_state():
    keras.utils.set_random_seed(1)
    model, x, y = NETWORKS["MLP"]()
    recording = StepTrace(steps=(0, 3))
    model.fit(x, y, batch_size=4, epochs=2, verbose=0, callbacks=[recording])
    after = state_of(model)
    difference = recording.trace.replay(learning_rate=0.2, step=3)
    assert difference.before.number == 3
    assert difference[f"{HEAD}: value"] == difference[f"{HEAD}: gradient"] == difference["head: output"] == 0
    assert difference[f"{HEAD}: update"] == pytest.approx(1, rel=1e-3)
    for a, b in zip(after, state_of(model), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_page_has_both_steps_and_the_difference(trace):
    page = trace.replay(learning_rate=0.2).trace()
    assert [step.how for step in page.steps] == ["dry run", "replayed"]
    assert page.extras["difference"]["changes"] == ["the learning rate is 0.2"]
    assert "relative difference" in trace.replay(learning_rate=0.2)._repr_html_()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "Nothing is changed"),
        ({"changes": {"kernel": 0}}, "names 3 of"),
        ({"freeze": "tail"}, "names no layer"),
        ({"drop_sample": 16}, "must leave samples"),
        ({"dtype": "int32"}, "must be one of float16, float32, float64"),
    ],
)
def test_errors_name_what_is_wrong(trace, arguments, message):
    with pytest.raises(ValueError, match=message):
        trace.replay(**arguments)
    assert len(trace.models[0].trainable_variables) == 6


def test_a_replay_that_ends_in_nan_has_a_page(trace):
    difference = trace.replay(changes={"hidden/kernel": lambda kernel: kernel * np.nan})
    assert np.isnan(difference.loss[1])
    assert '"relative":"nan"' in difference.trace().to_html()
