"""Optimizers around others: LossScaleOptimizer, MultiOptimizer and its OptimizerMap."""

import numpy as np
import pytest

from minikeras import optimizers
from minikeras.autodiff import IndexedSlices, Tensor, Variable
from minikeras.base.naming import reset_uids


@pytest.fixture(autouse=True)
def fresh_names():
    reset_uids()


def make(name="w"):
    return Variable(np.zeros(2, "float32"), name=name)


def tensor(*values):
    return Tensor(np.array(values, "float32"))


# --- LossScaleOptimizer -----------------------------------------------------------------------------------------------


def test_scale_falls_at_once_and_rises_slowly():
    w = make()
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(1.0), initial_scale=4.0, dynamic_growth_steps=2)
    seen = []
    for g in (4.0, 4.0, np.nan, np.inf, 2.0):
        optimizer.apply([tensor(g, 0.0)], [w])
        seen.append((w.numpy()[0], float(optimizer.dynamic_scale), int(optimizer.step_counter)))
    assert seen == [(-1.0, 4.0, 1), (-2.0, 8.0, 0), (-2.0, 4.0, 0), (-2.0, 2.0, 0), (-3.0, 2.0, 1)]
    assert int(optimizer.iterations) == 3


def test_the_loss_is_scaled_before_and_after_building():
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(), initial_scale=4.0)
    assert float(optimizer.scale_loss(Tensor(np.float32(3.0)))) == 12.0
    optimizer.build([make()])
    optimizer.dynamic_scale.assign(2.0)
    assert float(optimizer.scale_loss(Tensor(np.float32(3.0)))) == 6.0


def test_rows_and_missing_gradients_are_unscaled_too():
    table, other = Variable(np.zeros((3, 1), "float32"), name="table"), make()
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(1.0), initial_scale=4.0)
    rows = IndexedSlices(np.full((2, 1), 4.0, "float32"), np.array([1, 1]), (3, 1))
    with pytest.warns(UserWarning, match="Gradients do not exist for variables"):
        optimizer.apply([rows, None], [table, other])
    np.testing.assert_array_equal(table.numpy(), [[0.0], [-2.0], [0.0]])
    assert not optimizer.check_finite([IndexedSlices(np.full((1, 1), np.nan), np.array([0]), (3, 1)), None])


def test_learning_rate_and_average_are_the_inner_optimizers():
    inner = optimizers.SGD(1.0, use_ema=True)
    optimizer = optimizers.LossScaleOptimizer(inner, initial_scale=1.0)
    optimizer.learning_rate = 0.5
    assert float(inner.learning_rate) == float(optimizer.learning_rate) == 0.5
    w = make()
    optimizer.apply([tensor(1.0, 1.0)], [w])
    w.assign([7.0, 7.0])
    optimizer.finalize_variable_values([w])
    np.testing.assert_array_equal(w.numpy(), [-0.5, -0.5])


def test_variables_and_config():
    inner = optimizers.SGD(loss_scale_factor=3.0)
    optimizer = optimizers.LossScaleOptimizer(inner, initial_scale=4.0)
    assert inner.loss_scale_factor is None
    optimizer.build([make()])
    assert [v.path for v in optimizer.variables] == [
        *(f"loss_scale_optimizer/{name}" for name in ("iteration", "learning_rate", "step_counter", "dynamic_scale")),
        *("sgd/iteration", "sgd/learning_rate"),
    ]
    copy = optimizers.deserialize(optimizers.serialize(optimizer))
    assert copy.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"clipnorm": 1.0}, "set `clipnorm` on the `inner_optimizer`"),
        ({"dynamic": False}, "scales dynamically only"),
        ({"foo": 1}, "does not support arguments: `foo`"),
        ({"inner_optimizer": "sgd"}, "must be an optimizer. Received: inner_optimizer='sgd'"),
    ],
)
def test_wrong_arguments_of_the_loss_scale_optimizer(options, message):
    arguments = {"inner_optimizer": optimizers.SGD(), **options}
    with pytest.raises(ValueError, match=message):
        optimizers.LossScaleOptimizer(**arguments)


def test_defaults_in_old_files_are_accepted():
    assert optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=None, use_ema=False, ema_momentum=0.99)


# --- MultiOptimizer ---------------------------------------------------------------------------------------------------


def test_every_variable_has_its_optimizer():
    a, b = make("a"), make("b")
    multi = optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD(1.0), {"a.*": optimizers.SGD(0.5)}))
    multi.apply([tensor(1.0, 1.0), tensor(1.0, 1.0)], [a, b])
    np.testing.assert_array_equal([a.numpy()[0], b.numpy()[0]], [-0.5, -1.0])
    assert [int(o.iterations) for o in (multi, *multi.optimizers)] == [1, 1, 1]
    names = ["multi_optimizer/iteration", "multi_optimizer/learning_rate"]
    names += ["sgd_1/iteration", "sgd_1/learning_rate", "sgd/iteration", "sgd/learning_rate"]
    assert [v.path for v in multi.variables] == names


def test_a_function_may_choose():
    chosen = {"a": optimizers.SGD(0.5), "b": optimizers.Adam()}
    multi = optimizers.MultiOptimizer(lambda variable: chosen[variable.path], loss_scale_factor=2.0)
    multi.build([make("a"), make("b")])
    assert multi.optimizers == list(chosen.values())
    assert [o.loss_scale_factor for o in multi.optimizers] == [2.0, 2.0]
    multi.loss_scale_factor = 4.0
    assert [o.loss_scale_factor for o in multi.optimizers] == [4.0, 4.0]


def test_averages_of_the_inner_optimizers():
    a, b = make("a"), make("b")
    averaging = optimizers.SGD(1.0, use_ema=True)
    multi = optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD(1.0), {"a": averaging}))
    multi.apply([tensor(1.0, 1.0), tensor(1.0, 1.0)], [a, b])
    for variable in (a, b):
        variable.assign([7.0, 7.0])
    multi.finalize_variable_values([a, b])
    np.testing.assert_array_equal([a.numpy()[0], b.numpy()[0]], [-1.0, 7.0])


def test_config_of_the_multi_optimizer():
    multi = optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD(), {"a": optimizers.Adam()}))
    copy = optimizers.deserialize(optimizers.serialize(multi))
    assert copy.get_config() == multi.get_config()


def test_it_has_no_learning_rate():
    multi = optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD()))
    with pytest.raises(AttributeError, match="Read those of its optimizers"):
        _ = multi.learning_rate
    with pytest.raises(AttributeError, match="Set those of its optimizers"):
        multi.learning_rate = 0.1


def test_map_finds_exact_names_first_then_whole_patterns():
    default, exact, pattern = optimizers.SGD(), optimizers.SGD(), optimizers.SGD()
    mapping = optimizers.OptimizerMap(default, {"encoder/.*": pattern})
    mapping["encoder/dense"] = exact
    assert mapping["encoder/dense"] is exact
    assert mapping["encoder/other"] is pattern
    assert mapping["encoder"] is default
    assert len(mapping) == 2
    del mapping["encoder/dense"]
    assert list(mapping) == ["encoder/.*"]


def test_map_refuses():
    sgd = optimizers.SGD()
    mapping = optimizers.OptimizerMap(sgd, {"a.*": sgd, ".*b": sgd})
    with pytest.raises(ValueError, match="Multiple optimizers assigned to variable ab"):
        mapping["ab"]
    with pytest.raises(ValueError, match="has an optimizer already"):
        mapping["a.*"] = sgd
    with pytest.raises(ValueError, match="key must be a string"):
        mapping[3] = sgd
    with pytest.raises(ValueError, match="is made of optimizers"):
        mapping["c"] = "sgd"
    with pytest.raises(ValueError, match="optimizer cannot be LossScaleOptimizer"):
        mapping["c"] = optimizers.LossScaleOptimizer(sgd)
    with pytest.raises(TypeError, match="`default_optimizer` of MultiOptimizer must be"):
        optimizers.OptimizerMap("sgd")
    with pytest.raises(TypeError, match="optimizer_map must be a dictionary"):
        optimizers.OptimizerMap(sgd, [sgd])
