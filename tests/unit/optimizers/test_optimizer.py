"""What all optimizers do around their rule: building, one step, options, learning rate, state."""

import copy

import numpy as np
import pytest

from minikeras import ops, optimizers
from minikeras.autodiff import GradientTape, Tensor, Variable
from tests.unit.optimizers.making import ALL, make, tensor

# --- building and state -----------------------------------------------------------------------------------------------


def test_variables_come_in_the_order_of_files():
    kernel, bias = make(name="kernel"), make(name="bias")
    optimizer = optimizers.Adam(amsgrad=True, use_ema=True, gradient_accumulation_steps=2)
    optimizer.build([kernel, bias])
    slots = ("average", "gradient_accumulator", "momentum", "velocity", "velocity_hat")
    expected = ["adam/iteration", "adam/learning_rate"]
    expected += ["adam/kernel_average", "adam/bias_average"]
    expected += ["adam/kernel_gradient_accumulator", "adam/bias_gradient_accumulator"]
    expected += ["adam/kernel_momentum", "adam/kernel_velocity", "adam/bias_momentum", "adam/bias_velocity"]
    expected += ["adam/kernel_velocity_hat", "adam/bias_velocity_hat"]
    assert [v.path for v in optimizer.variables] == expected
    assert len(expected) == 2 + 2 * len(slots)
    assert optimizer.variables[0].dtype == "int64"
    assert not any(v.trainable for v in optimizer.variables)


def test_names_count():
    assert [optimizers.SGD().name for _ in range(3)] == ["sgd", "sgd_1", "sgd_2"]
    assert optimizers.RMSprop().name == "rm_sprop"
    assert optimizers.SGD(name="mine").variables[0].path == "mine/iteration"


@pytest.mark.parametrize("name", ALL)
def test_building_twice_adds_nothing(name):
    optimizer = getattr(optimizers, name)()
    variable = make()
    optimizer.build([variable])
    count = len(optimizer.variables)
    optimizer.build([variable])
    assert len(optimizer.variables) == count


@pytest.mark.parametrize("name", ALL)
def test_saved_state_goes_on_where_it_was(name):
    def steps(optimizer, variable, gradients):
        for g in gradients:
            optimizer.apply([tensor(*g)], [variable])

    gradients = np.random.default_rng(0).normal(size=(6, 2))
    first, w = getattr(optimizers, name)(use_ema=True), make()
    steps(first, w, gradients[:3])
    store = {}
    first.save_own_variables(store)
    second, other = getattr(optimizers, name)(use_ema=True), Variable(w.numpy(), name="w")
    second.build([other])
    second.load_own_variables(store)
    steps(first, w, gradients[3:])
    steps(second, other, gradients[3:])
    np.testing.assert_array_equal(w.numpy(), other.numpy())
    for a, b in zip(first.variables, second.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_deep_copy_goes_on_by_itself():
    w, optimizer = make(), optimizers.Adam(0.1)
    optimizer.apply([tensor(1.0, -2.0)], [w])
    other_w, other = copy.deepcopy((w, optimizer))
    other.apply([tensor(1.0, -2.0)], [other_w])
    optimizer.apply([tensor(1.0, -2.0)], [w])
    np.testing.assert_array_equal(w.numpy(), other_w.numpy())
    assert int(other.iterations) == int(optimizer.iterations) == 2
    assert other.variables[2] is not optimizer.variables[2]


def test_loading_another_number_of_variables_warns_and_changes_nothing():
    optimizer = optimizers.SGD()
    with pytest.warns(UserWarning, match=r"has 2 variables, the file 1"):
        optimizer.load_own_variables({"0": np.array(5)})
    assert int(optimizer.iterations) == 0


def test_set_weights():
    optimizer = optimizers.SGD(momentum=0.9)
    with pytest.raises(ValueError, match="is not built"):
        optimizer.set_weights([])
    optimizer.build([make()])
    optimizer.set_weights([7, 0.5, np.ones(2)])
    assert int(optimizer.iterations) == 7
    assert float(optimizer.learning_rate) == 0.5
    with pytest.raises(ValueError, match=r"must have the shape \(2,\)\. Received: shape \(3,\)"):
        optimizer.set_weights([7, 0.5, np.ones(3)])


# --- one step ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_tensors_that_others_hold_do_not_change(name):
    optimizer, w = getattr(optimizers, name)(learning_rate=0.1, weight_decay=0.1), make()
    held = w.value
    optimizer.apply([tensor(1.0, 1.0)], [w])
    slots = [v.value for v in optimizer.variables]
    before = [s.numpy() for s in slots]
    optimizer.apply([tensor(1.0, -3.0)], [w])
    np.testing.assert_array_equal(held.numpy(), [1.0, 2.0])
    assert not np.array_equal(w.numpy(), held.numpy())
    for slot, value in zip(slots, before, strict=True):
        np.testing.assert_array_equal(slot.numpy(), value)


def test_the_variable_itself_may_be_the_gradient():
    w = make()
    optimizers.SGD(0.5).apply([w.value], [w])
    np.testing.assert_array_equal(w.numpy(), [0.5, 1.0])


def test_a_tape_sees_nothing_of_a_step():
    w = make()
    with GradientTape() as tape:
        loss = ops.sum(w * w)
        optimizers.SGD(0.1).apply([tensor(1.0, 1.0)], [w])
    np.testing.assert_array_equal(tape.gradient(loss, w).numpy(), [2.0, 4.0])  # of the values that were read


def test_apply_gradients_returns_the_step_counter():
    w, optimizer = make(), optimizers.SGD()
    assert optimizer.apply_gradients(zip([tensor(1.0, 1.0)], [w], strict=True)) is optimizer.iterations
    assert int(optimizer.iterations) == 1


def test_arrays_serve_as_gradients():
    w = make()
    optimizers.SGD(0.1).apply([np.array([1.0, 2.0])], [w])
    np.testing.assert_allclose(w.numpy(), [0.9, 1.8], rtol=1e-6)
    assert w.dtype == "float32"


def test_variables_without_gradient_stay_and_are_named():
    w, b = make(name="w"), make(name="b")
    optimizer = optimizers.AdamW(0.1)
    with pytest.warns(UserWarning, match=r"Gradients do not exist for variables \['b'\]"):
        optimizer.apply([tensor(1.0, 1.0), None], [w, b])
    np.testing.assert_array_equal(b.numpy(), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"No gradients provided for any variable of \['w', 'b'\]"):
        optimizer.apply([None, None])


def test_no_gradients_is_no_step():
    optimizer = optimizers.SGD()
    optimizer.apply([])
    assert int(optimizer.iterations) == 0


@pytest.mark.parametrize("name", ALL)
def test_infinite_gradients_pass_without_a_word(name):
    w = make()
    optimizer = getattr(optimizers, name)()
    optimizer.apply([tensor(np.inf, np.nan)], [w])  # any warning is an error under pytest
    assert int(optimizer.iterations) == 1


@pytest.mark.parametrize(
    "prepare, message",
    [
        (lambda o, w: o.apply([tensor(1.0, 1.0)]), "came without variables"),
        (lambda o, w: o.apply([tensor(1.0)], [w.value]), "Optimizers change Variables"),
        (lambda o, w: o.apply([tensor(1.0)], [w]), r"gradient of shape \(1,\) for variable 'w' of shape \(2,\)"),
        (lambda o, w: o.apply([tensor(1.0, 1.0)] * 2, [w]), "2 gradients for 1 variables"),
        (lambda o, w: (o.build([w]), o.apply([tensor(1.0, 1.0)], [make(name="x")])), "Unknown variable: x"),
        (lambda o, w: o.update_step(tensor(1.0, 1.0), w, 0.1), "must implement `update_step`"),
    ],
)
def test_misuse(prepare, message):
    class Empty(optimizers.Optimizer):
        pass

    cls = Empty if "update_step" in message else optimizers.SGD
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message):
        prepare(cls(learning_rate=0.1), make())


def test_constraints_are_applied_after_the_step():
    w = make([0.05, 1.0])
    w.constraint = lambda weights: ops.maximum(weights, 0.0)
    optimizers.SGD(0.1).apply([tensor(1.0, 1.0)], [w])
    np.testing.assert_allclose(w.numpy(), [0.0, 0.9], rtol=1e-6)


def test_averages_are_taken_before_constraints():
    w = make([0.05, 1.0])
    w.constraint = lambda weights: ops.maximum(weights, 0.0)
    optimizer = optimizers.SGD(0.1, use_ema=True)
    optimizer.apply([tensor(1.0, 1.0)], [w])
    np.testing.assert_allclose(optimizer.variables[2].numpy(), [-0.05, 0.9], rtol=1e-6)


def test_variables_marked_so_are_overwritten_with_their_gradient():
    scale, w = make([1.0, 1.0], name="scale"), make()
    scale.overwrite_with_gradient = True
    optimizer = optimizers.Adam(weight_decay=0.1)
    optimizer.apply([tensor(5.0, 6.0), tensor(1.0, 1.0)], [scale, w])
    np.testing.assert_array_equal(scale.numpy(), [5.0, 6.0])
    assert [v.path for v in optimizer.variables[2:]] == ["adam/w_momentum", "adam/w_velocity"]


def test_overwriting_waits_for_the_largest_accumulated_gradient():
    scale = make([1.0, 1.0], name="scale")
    scale.overwrite_with_gradient = True
    optimizer = optimizers.SGD(gradient_accumulation_steps=2)
    optimizer.apply([tensor(5.0, 3.0)], [scale])
    np.testing.assert_array_equal(scale.numpy(), [1.0, 1.0])
    optimizer.apply([tensor(4.0, 6.0)], [scale])
    np.testing.assert_array_equal(scale.numpy(), [5.0, 6.0])


# --- options of every optimizer ---------------------------------------------------------------------------------------


def test_weight_decay_spares_the_excluded():
    kernel, bias, other = make(name="kernel"), make(name="bias"), make(name="other")
    optimizer = optimizers.SGD(0.5, weight_decay=0.2)
    optimizer.exclude_from_weight_decay(var_list=[other], var_names=["bias"])
    optimizer.apply([tensor(0.0, 0.0)] * 3, [kernel, bias, other])
    np.testing.assert_allclose(kernel.numpy(), [0.9, 1.8], rtol=1e-6)
    np.testing.assert_array_equal(bias.numpy(), [1.0, 2.0])
    np.testing.assert_array_equal(other.numpy(), [1.0, 2.0])


def test_the_average_overwrites_as_often_as_asked():
    w = make([0.0, 0.0])
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)
    optimizer.apply([tensor(-1.0, -2.0)], [w])
    np.testing.assert_array_equal(w.numpy(), [1.0, 2.0])
    optimizer.apply([tensor(-1.0, -2.0)], [w])  # w = 2, 4; average = ½·1 + ½·2, …
    np.testing.assert_array_equal(w.numpy(), [1.5, 3.0])


def test_finalizing_sets_the_average():
    w = make([0.0, 0.0])
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    for _ in range(2):
        optimizer.apply([tensor(-1.0, -2.0)], [w])
    np.testing.assert_array_equal(w.numpy(), [2.0, 4.0])
    optimizer.finalize_variable_values([w])
    np.testing.assert_array_equal(w.numpy(), [1.5, 3.0])
    with pytest.raises(ValueError, match="has averages of"):
        optimizer.finalize_variable_values([w, w])


def test_accumulation_steps_once_with_the_mean():
    w = make([0.0, 0.0])
    optimizer = optimizers.SGD(1.0, gradient_accumulation_steps=2)
    optimizer.apply([tensor(1.0, 2.0)], [w])
    np.testing.assert_array_equal(w.numpy(), [0.0, 0.0])
    assert int(optimizer.iterations) == 0
    optimizer.apply([tensor(3.0, 2.0)], [w])
    np.testing.assert_array_equal(w.numpy(), [-2.0, -2.0])
    assert int(optimizer.iterations) == 1
    np.testing.assert_array_equal(optimizer.variables[2].numpy(), [0.0, 0.0])


def test_the_loss_scale_is_taken_out_of_the_gradients():
    w = make([0.0, 0.0])
    optimizer = optimizers.SGD(1.0, loss_scale_factor=8.0)
    assert float(optimizer.scale_loss(Tensor(np.float32(2.0)))) == 16.0
    optimizer.apply([tensor(8.0, 16.0)], [w])
    np.testing.assert_array_equal(w.numpy(), [-1.0, -2.0])
    assert float(optimizers.SGD().scale_loss(2.0)) == 2.0


@pytest.mark.parametrize(
    "options, message",
    [
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "Only one of"),
        ({"gradient_accumulation_steps": 1}, "must be 2 or more"),
        ({"use_ema": True, "ema_momentum": 1.5}, r"must be from 0 to 1"),
        ({"use_ema": True, "ema_overwrite_frequency": 0.5}, "`ema_overwrite_frequency` must be"),
        ({"learning_rate": 1}, "`learning_rate` must be a float"),
        ({"lr": 0.1}, r"not recognized by Adam: \{'lr': 0.1\}. Did you mean 'learning_rate'\?"),
        ({"beta1": 0.1}, "Did you mean 'beta_1'"),
        ({"clip_norm": 0.1}, "Did you mean 'clipnorm'"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        optimizers.Adam(**options)


def test_decay_of_keras_2_is_ignored_with_a_warning():
    with pytest.warns(UserWarning, match="`decay` has no effect"):
        optimizers.SGD(decay=0.1)


# --- learning rate ----------------------------------------------------------------------------------------------------


def test_learning_rate_may_be_assigned():
    w, optimizer = make([0.0, 0.0]), optimizers.SGD(1.0)
    optimizer.learning_rate = 0.5
    optimizer.apply([tensor(1.0, 1.0)], [w])
    optimizer.learning_rate.assign(0.25)
    optimizer.apply([tensor(1.0, 1.0)], [w])
    np.testing.assert_array_equal(w.numpy(), [-0.75, -0.75])
    assert float(optimizer.learning_rate) == 0.25


@pytest.mark.parametrize("name", ["Adam", "Nadam", "Adafactor", "Muon", "Lamb", "Adamax"])
def test_numbers_kept_for_a_step_follow_the_learning_rate(name):
    w, optimizer = make(), getattr(optimizers, name)(learning_rate=0.2)
    optimizer.apply([tensor(1.0, -0.5)], [w])
    state, values = [v.value for v in optimizer.variables], [w.value]
    state[0] = Tensor(np.int64(0))  # the step that was just made, once more, with two learning rates
    results = []
    for rate in (0.2, 0.1):
        state[1] = Tensor(np.float32(rate))
        (result,), _ = optimizer.stateless_apply(state, [tensor(1.0, -0.5)], values)
        results.append(result.numpy())
    assert not np.array_equal(*results)


def test_a_schedule_counts_all_steps():
    w = make([0.0, 0.0])
    optimizer = optimizers.SGD(optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.5]))
    for _ in range(2):
        optimizer.apply([tensor(1.0, 1.0)], [w])
    np.testing.assert_array_equal(w.numpy(), [-1.5, -1.5])
    assert [v.path for v in optimizer.variables] == ["sgd/iteration"]
    with pytest.raises(TypeError, match="cannot be set"):
        optimizer.learning_rate = 0.1


def test_a_function_is_asked_at_every_step():
    rates = iter([1.0, 0.5])
    w, optimizer = make([0.0, 0.0]), optimizers.SGD(lambda: next(rates))
    for _ in range(2):
        optimizer.apply([tensor(1.0, 1.0)], [w])
    np.testing.assert_array_equal(w.numpy(), [-1.5, -1.5])


def test_a_schedule_may_replace_a_number():
    optimizer = optimizers.SGD(0.1)
    optimizer.learning_rate = optimizers.schedules.ExponentialDecay(0.5, 10, 0.9)
    assert float(optimizer.learning_rate) == 0.5
    assert [v.name for v in optimizer.variables] == ["iteration"]


# --- values instead of Variables --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SGD", "Adam", "Nadam", "LossScaleOptimizer"])
def test_stateless_apply_changes_values_only(name):
    def build():
        w = make()
        wrapped = name == "LossScaleOptimizer"
        optimizer = optimizers.LossScaleOptimizer(optimizers.Adam(0.1)) if wrapped else getattr(optimizers, name)(0.1)
        optimizer.build([w])
        return w, optimizer

    w, optimizer = build()
    state, values = [v.value for v in optimizer.variables], [w.value]
    gradients = [tensor(1.0, -2.0), tensor(0.5, 0.5)]
    for g in gradients:
        values, state = optimizer.stateless_apply(state, [g], values)
    np.testing.assert_array_equal(w.numpy(), [1.0, 2.0])
    assert int(optimizer.iterations) == 0
    other, stateful = build()
    for g in gradients:
        stateful.apply([g], [other])
    np.testing.assert_array_equal(values[0].numpy(), other.numpy())
    for value, variable in zip(state, stateful.variables, strict=True):
        np.testing.assert_array_equal(value.numpy(), variable.numpy())


def test_stateless_apply_wants_a_value_for_everything():
    w, optimizer = make(), optimizers.SGD()
    with pytest.raises(ValueError, match="is not built"):
        optimizer.stateless_apply([], [], [])
    optimizer.build([w])
    with pytest.raises(ValueError, match=r"1 trainable and 2 optimizer variables\. Received: 1 and 0"):
        optimizer.stateless_apply([], [tensor(1.0, 1.0)], [w.value])
