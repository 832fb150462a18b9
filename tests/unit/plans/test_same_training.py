"""A plan trains as the tape does: bit for bit where it runs by NumPy, to rounding where it is compiled.

Each scenario is a whole program that uses a model in a way that could go wrong: it changes something between steps,
holds on to something, or needs something rare. It returns all numbers that matter.
"""

from functools import partial

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.ops import epilogue
from tests.unit.plans.training.losses_and_metrics import (
    a_metric_that_keeps_predictions,
    a_metric_that_looks_at_the_loss,
    a_metric_that_predicts,
    labels_as_integers_and_one_hot,
    labels_of_other_dtypes,
    many_metrics,
    metrics_without_python,
    other_losses,
    regularizers_and_activity_losses,
    several_outputs,
    several_outputs_with_weights,
    weights_of_samples_and_classes,
)
from tests.unit.plans.training.mode import Mode, X, Y, fit, mlp
from tests.unit.plans.training.models_and_steps import (
    changing_batch_sizes,
    compiled_anew,
    double_precision,
    fine_tuning,
    half_precision,
    models_that_share_layers,
    models_that_take_turns,
    nested_models,
    own_step_between,
    settings_of_layers_and_optimizer_changed,
    single_batches,
    steps_of_the_users,
    trained_predicted_evaluated_in_turn,
    weights_from_a_file,
)
from tests.unit.plans.training.networks import (
    channels_first,
    convolution,
    convolution_and_bias,
    convolutions_of_every_kind,
    embedding,
    embedding_by_every_rule,
    groups_of_channels,
    joined_and_activated,
    masked_steps,
    maxima_twice,
    means_and_maxima_of_sequences,
    plain,
    residual_blocks,
    residual_blocks_without_normalization,
    transposed_convolutions,
)
from tests.unit.plans.training.optimizers_and_weights import (
    OPTIMIZERS,
    constraints,
    frozen_in_mid_training,
    learning_rate_by_callback,
    optimizer_named,
    schedule,
    values_that_the_user_holds,
    weights_set_by_hand,
)
from tests.waiting import run_together

# Sums in another order, in float32, carried through some dozen steps of training numbers about 1.
COMPILED_TOLERANCE = 2e-5


SCENARIOS = {
    function.__name__: function
    for function in [
        plain,
        convolution,
        convolution_and_bias,
        maxima_twice,
        residual_blocks,
        convolutions_of_every_kind,
        channels_first,
        transposed_convolutions,
        joined_and_activated,
        residual_blocks_without_normalization,
        groups_of_channels,
        embedding,
        embedding_by_every_rule,
        means_and_maxima_of_sequences,
        masked_steps,
        labels_of_other_dtypes,
        other_losses,
        labels_as_integers_and_one_hot,
        models_that_take_turns,
        schedule,
        learning_rate_by_callback,
        weights_set_by_hand,
        values_that_the_user_holds,
        frozen_in_mid_training,
        regularizers_and_activity_losses,
        weights_of_samples_and_classes,
        many_metrics,
        metrics_without_python,
        several_outputs,
        several_outputs_with_weights,
        fine_tuning,
        nested_models,
        constraints,
        half_precision,
        double_precision,
        single_batches,
        changing_batch_sizes,
        settings_of_layers_and_optimizer_changed,
        compiled_anew,
        models_that_share_layers,
        trained_predicted_evaluated_in_turn,
        weights_from_a_file,
        own_step_between,
        a_metric_that_keeps_predictions,
        a_metric_that_predicts,
        steps_of_the_users,
        a_metric_that_looks_at_the_loss,
    ]
} | {f"optimizer {name}": optimizer_named(name) for name in OPTIMIZERS}


def outcome(name, mode):
    keras.utils.set_random_seed(5)
    return keras.tree.flatten(SCENARIOS[name](mode))


@pytest.fixture(scope="module")
def eager():
    """What each scenario gives on the tape, computed once."""
    known = {}

    def of(name):
        if name not in known:
            known[name] = outcome(name, Mode("eager"))
        return known[name]

    return of


@pytest.mark.one_in(5)
@pytest.mark.parametrize("name", SCENARIOS)
def test_plans_of_numpy_are_equal_bit_for_bit(name, monkeypatch):
    mode = Mode("numpy")
    # such plans run the single ops that were traced, a kernel of several of them rounds differently
    monkeypatch.setattr(epilogue, "can_fuse", lambda *operands: False)
    for actual, expected in zip(outcome(name, mode), outcome(name, Mode("eager")), strict=True):
        np.testing.assert_array_equal(actual, expected)
    assert mode.replays() > 0


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", SCENARIOS)
def test_compiled_plans_are_equal_to_rounding(name, eager):
    mode = Mode("compiled")
    for actual, expected in zip(outcome(name, mode), eager(name), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=COMPILED_TOLERANCE, atol=COMPILED_TOLERANCE)
    assert mode.replays() > 0
    for plan in mode.plans():  # or an array's place would be given away while a job still needs it
        for position, lowering in plan.lowered.items():
            assert set(lowering.reads) - {None} <= set(plan.instructions[position].reads)


def test_a_run_repeats_itself_bit_for_bit():
    first, second = (outcome("convolution", Mode("compiled")) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_predictions_stay_when_others_are_made():
    model = Mode("compiled").compile(keras.Sequential([keras.Input((6,)), layers.Dense(2), layers.Reshape((2, 1))]))
    kept = [model.predict(X[i : i + 5], verbose=0) for i in range(6)]
    kept += [model.predict_on_batch(X[i : i + 5]) for i in range(6)]
    kept.append(model.predict(X, batch_size=10, verbose=0))
    copies = [*[np.array(model(X[i % 6 : i % 6 + 5])) for i in range(12)], np.array(model(X))]
    for value, copy in zip(kept, copies, strict=True):
        np.testing.assert_allclose(value, copy, rtol=COMPILED_TOLERANCE, atol=COMPILED_TOLERANCE)


def test_threads_that_train_models_of_their_own_do_not_disturb_each_other():
    def models():
        keras.utils.set_random_seed(2)
        return [Mode("compiled").compile(mlp()) for _ in range(3)]

    alone, together = models(), models()
    for model in alone:
        fit(model, shuffle=False)
    run_together(*[partial(fit, model, shuffle=False) for model in together])
    for one, other in zip(alone, together, strict=True):
        for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_threads_may_predict_with_one_model():
    model = Mode("compiled").compile(mlp())
    expected = [model.predict(X[i : i + 8], verbose=0) for i in range(8)]
    wrong = []

    def work(i):
        for _ in range(20):
            if not np.allclose(model.predict(X[i : i + 8], verbose=0), expected[i], atol=COMPILED_TOLERANCE):
                wrong.append(i)

    run_together(*[partial(work, i) for i in range(4)])
    assert not wrong


def test_an_error_in_a_replay_leaves_the_model_usable():
    mode = Mode("compiled")
    model = mode.compile(mlp())
    fit(model)
    with pytest.raises(ValueError, match="out of range"):
        fit(model, y=np.full(50, 7))
    assert np.isfinite(fit(model)["loss"]).all()
    assert mode.replays() > 6


def test_an_error_in_a_replay_reports_the_number_although_nobody_needs_it_any_more():
    model = Mode("compiled").compile(mlp(), metrics=[])
    for _ in range(4):
        model.train_on_batch(X[:8], Y[:8])
    with pytest.raises(ValueError, match="Label 7 is out of range"):
        model.train_on_batch(X[:8], np.full(8, 7, Y.dtype))
