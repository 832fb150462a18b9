"""A layer's `call` runs once on symbolic tensors, to infer shapes. The state that it changes is as before then."""

import numpy as np
import pytest

from minikeras import Input, Model, Sequential, StatelessScope, Variable, layers, losses, metrics, ops
from minikeras.autodiff import KerasTensor
from minikeras.compat.tensorflow import Variable as TensorFlowVariable


class RunningSum(layers.Layer):
    """Adds up its inputs, counts its calls and returns the sum."""

    def build(self, input_shape):
        self.total = self.add_weight(shape=input_shape[-1:], initializer="zeros", trainable=False)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.start = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.start.assign(7)

    def call(self, x):
        self.calls.assign_add(1)
        self.total.assign(self.total * 1)
        self.total.assign_add(ops.sum(x, axis=0))
        self.total.assign_sub(ops.zeros_like(x[0]))
        return self.total


class Outer(layers.Layer):
    """Has its inner layer built while its own shapes are inferred."""

    def __init__(self):
        super().__init__()
        self.inner = RunningSum()

    def call(self, x):
        return self.inner(x) + 1


@pytest.mark.parametrize("make", [RunningSum, Outer])
def test_a_drawn_graph_changes_no_state_and_a_run_one_does(make):
    layer = make()
    x = Input((2,))
    y = layer(x)
    summing = getattr(layer, "inner", layer)
    assert tuple(y.shape) == (2,)
    assert float(summing.calls) == 0
    assert float(summing.start) == 7  # what `build` assigned stays
    assert layer.compute_output_spec(KerasTensor((None, 2))).shape == (2,)
    assert float(summing.calls) == 0
    model = Model(x, y)
    model(np.ones((3, 2)))
    np.testing.assert_allclose(np.asarray(model(np.ones((3, 2)))), [6, 6] if make is RunningSum else [7, 7])
    assert float(summing.calls) == 2


def test_a_metric_and_a_loss_inside_a_layer_follow_the_data_only():
    class Endpoint(layers.Layer):
        def __init__(self):
            super().__init__()
            self.loss = losses.MeanSquaredError()
            self.error = metrics.MeanAbsoluteError(name="error")

        def call(self, targets, outputs):
            self.add_loss(self.loss(targets, outputs))
            self.error.update_state(targets, outputs)
            return outputs

    x, targets = Input((3,)), Input((1,))
    endpoint = Endpoint()
    model = Model([x, targets], endpoint(targets, layers.Dense(1, kernel_initializer="ones")(x)))
    assert float(endpoint.error.result()) == 0
    model.compile("sgd")
    logs = model.evaluate([np.ones((4, 3)), np.ones((4, 1))], verbose=0, return_dict=True)
    assert logs == {"loss": 4.0, "error": 2.0}


def test_state_of_tensorflow_s_own_kind_follows_the_data_only():
    class Mean(layers.Layer):
        def __init__(self):
            super().__init__()
            self.mean = TensorFlowVariable([0.0, 0.0], trainable=False)
            self.count = TensorFlowVariable(0, trainable=False)

        def call(self, x):
            self.count.assign_add(1)
            self.mean.assign(ops.mean(x, axis=0))
            self.mean.assign_add(ops.mean(x, axis=0))
            return x - self.mean

    layer = Mean()
    model = Sequential([Input((2,)), layer])
    assert layer.count.numpy() == 0
    model(np.ones((3, 2)))
    assert layer.count.numpy() == 1
    np.testing.assert_array_equal(layer.mean.numpy(), [2, 2])


def test_a_stateless_scope_around_a_drawn_graph_keeps_its_own_changes():
    v = Variable(1.0)
    layer = RunningSum()
    with StatelessScope() as scope:
        v.assign(2.0)
        layer(Input((2,)))
        assert float(v) == 2
    assert float(v) == 1
    assert float(scope.get_current_value(v)) == 2


def test_symbolic_values_that_do_not_fit_are_reported():
    v = Variable(np.zeros(3))
    with pytest.raises(ValueError, match="has no values that variable"):
        v.assign(Input(batch_shape=(3,)))

    class Wrong(layers.Layer):
        def call(self, x):
            v.assign(x[0])
            return x

    with pytest.raises(ValueError, match=r"value.shape=\(2,\), variable.shape=\(3,\)"):
        Wrong()(Input((2,)))


def test_a_model_may_be_drawn_in_a_layer_s_build_while_shapes_are_inferred():
    class Block(layers.Layer):
        def __init__(self):
            super().__init__()
            self.stack = Sequential([layers.Dense(3), layers.Dense(2)])

        def build(self, input_shape):
            inner = Input((2,))
            self.last = Model(inner, layers.Dense(4)(inner))

        def call(self, x):
            return self.last(self.stack(x))

    x = Input((5,))
    model = Model(x, Block()(x))
    assert model.output_shape == (None, 4)
    assert len(model.weights) == 6

    class Whole(Model):
        def __init__(self):
            super().__init__()
            self.block = Block()

        def call(self, x):
            return self.block(x)

    whole = Whole()
    whole.build((None, 5))
    assert [w.shape for w in whole.weights] == [w.shape for w in model.weights]
