"""StatelessScope: other values inside, the Variables' own afterwards, gradients to the given ones."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import GradientTape, StatelessScope, Tensor, Variable, layers, ops


def test_values_inside_and_after():
    variable, other = Variable([1.0, 1.0]), Variable(3.0)
    with StatelessScope([(variable, np.array([5, 5]))]) as scope:
        np.testing.assert_array_equal(variable + 0, [5, 5])
        variable.assign(variable * 3)
        other.assign_add(1.0)
        np.testing.assert_array_equal(scope.get_current_value(variable), [15, 15])
        assert float(other) == 4
    np.testing.assert_array_equal(variable, [1, 1])
    assert float(other) == 3
    np.testing.assert_array_equal(scope.get_current_value(variable), [15, 15])
    assert float(scope.get_current_value(other)) == 4
    assert scope.get_current_value(Variable(0.0)) is None


def test_scopes_inside_one_another_start_from_the_variables_own_values():
    variable = Variable(1.0)
    with StatelessScope([(variable, 5.0)]) as outer:
        variable.assign_add(1.0)
        with StatelessScope() as inner:
            assert float(variable) == 1
            variable.assign(7.0)
        assert float(variable) == 6
        with StatelessScope([(variable, 9.0)]):
            assert float(variable) == 9
        assert float(variable) == 6
    assert (float(variable), float(outer.get_current_value(variable)), float(inner.get_current_value(variable))) == (
        1,
        6,
        7,
    )


def test_updates_by_hand():
    variable = Variable(1.0)
    scope = StatelessScope()
    scope.add_update((variable, 2.0))
    with scope:
        assert float(variable) == 2
        scope.add_update((variable, 3.0))
        assert float(variable) == 3
    assert float(variable) == 1
    assert float(scope.get_current_value(variable)) == 3


def test_gradients_flow_to_the_given_values():
    variable, value = Variable(2.0), Tensor(np.float32(3.0))
    with GradientTape() as tape:
        tape.watch(value)
        with StatelessScope([(variable, value)]):
            result = variable * variable
    assert float(tape.gradient(result, value)) == 6


def test_an_optimizer_writes_in_place_but_not_for_good():
    variable = Variable(np.ones(3, "float32"))
    optimizer = keras.optimizers.SGD(0.5)
    optimizer.build([variable])
    with StatelessScope() as scope:
        optimizer.apply([Tensor(np.ones(3, "float32"))])
        np.testing.assert_array_equal(variable, [0.5] * 3)
    np.testing.assert_array_equal(variable, [1.0] * 3)
    assert int(np.asarray(optimizer.iterations)) == 0
    np.testing.assert_array_equal(scope.get_current_value(variable), [0.5] * 3)


def test_an_error_inside_undoes_everything_too():
    variable = Variable(1.0)
    with pytest.raises(ZeroDivisionError), StatelessScope([(variable, 5.0)]):
        variable.assign(1 / 0)
    assert float(variable) == 1


@pytest.mark.parametrize("collect", [True, False])
def test_losses_stay_in_the_scope(collect):
    layer = layers.Dense(2, activity_regularizer="l1", kernel_regularizer="l2")
    layer.build((None, 3))
    with StatelessScope(collect_losses=collect) as scope:
        layer(np.ones((1, 3), "float32"))
        assert len(layer.losses) == 1 + collect
        assert layers.Dense(2).losses == []
    assert len(scope.losses) == collect
    assert len(layer.losses) == 1  # that of the regularizer


@pytest.mark.parametrize(
    "mapping, message",
    [
        (lambda variable: [(variable, np.ones(3))], r"shape \(3,\) for 'variable"),
        (lambda variable: [(np.ones(2), np.ones(2))], "must be Variables"),
    ],
)
def test_what_does_not_fit(mapping, message):
    with pytest.raises(ValueError, match=message):
        StatelessScope(mapping(Variable([1.0, 1.0])))


def test_stateless_call_leaves_alone_what_it_was_not_given():
    class WithMetric(layers.Layer):
        def __init__(self):
            super().__init__()
            self.mean = keras.metrics.Mean()

        def call(self, inputs):
            self.mean.update_state(inputs)
            self.add_loss(ops.sum(inputs))
            return inputs

    layer = WithMetric()
    layer.build((1,))
    outputs, updated, losses = layer.stateless_call([], [], np.ones(1, "float32"), return_losses=True)
    assert (float(outputs[0]), updated, float(losses[0])) == (1, [], 1)
    assert float(layer.mean.result()) == 0
    assert layer.losses == []
