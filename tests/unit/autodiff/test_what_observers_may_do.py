"""What observers may do: be several, compute, stop, fail; and what they do not see."""

import threading

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.autodiff.custom_gradient import custom_gradient
from minikeras.autodiff.observers import Observer, observing, open_layers, start, stop
from minikeras.autodiff.rematerialization import remat
from minikeras.autodiff.state import EVENTS, stop_recording, thread
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.compat import tensorflow as tf
from tests.unit.autodiff.observed import Log, X, Y, classifier, weights_after_fit
from tests.waiting import join


def test_several_observers_get_each_event_in_the_order_of_their_start():
    order = []

    class Named(Observer):
        def __init__(self, name):
            self.name = name

        def op_called(self, op, inputs, outputs):
            order.append(self.name)

    first, second, third = Named("first"), Named("second"), Named("third")
    x = Tensor(np.ones(2, "float32"))
    with observing(first):
        start(second)
        with observing(third):
            ops.exp(x)
            stop(second)
            ops.exp(x)
    ops.exp(x)
    assert order == ["first", "second", "third", "first", "third"]


def test_what_an_observer_computes_is_no_part_of_the_step():
    class Computes(Observer):
        def __init__(self):
            self.sums = []

        def op_called(self, op, inputs, outputs):
            self.sums.append(float(ops.sum(ops.square(outputs[0]) * weight)))

        def gradient_ended(self, call, dys, dxs):
            with GradientTape() as tape:
                y = ops.sum(weight * dys[0])
            self.sums.append(float(ops.sum(tape.gradient(y, weight))))

    weight = Variable(np.float32(2.0))
    x = Variable(np.array([1.0, 2.0], "float32"))
    with observing(Computes()) as computes, GradientTape() as tape:
        y = ops.exp(x)
    assert len(computes.sums) == 1
    assert tape.watched_variables() == (x,)
    with observing(computes):
        np.testing.assert_array_equal(tape.gradient(y, x), np.exp(x.numpy()))
    assert len(computes.sums) == 2


def test_an_observer_may_stop_itself():
    class Once(Observer):
        seen = 0

        def op_called(self, op, inputs, outputs):
            self.seen += 1
            stop(self)

    once = Once()
    start(once, eagerly=True)
    for _ in range(3):
        ops.exp(Tensor(np.ones(2, "float32")))
    assert once.seen == 1
    assert thread.observers == thread.eager_observers == ()
    with observing(Log()):
        with stop_recording():
            start(once)
            ops.exp(Tensor(np.ones(2, "float32")))
        ops.exp(Tensor(np.ones(2, "float32")))
    assert once.seen == 2


def test_an_error_of_an_observer_ends_the_step_and_leaves_the_model_usable():
    class Refuses(Observer):
        def layer_ended(self, layer, outputs):
            if layer.name == "normalized":
                raise RuntimeError("seen enough")

    model = classifier(run_eagerly=False)
    with observing(Refuses()), pytest.raises(RuntimeError, match="seen enough"):
        model.fit(X, Y, batch_size=4, verbose=0)
    assert all(getattr(thread, event) == () for event in EVENTS)
    assert not thread.unfused
    weights_after_fit(model, epochs=2)
    (plan,) = model._planner.entries.values()
    assert plan.replays == 10


def test_observers_are_for_one_thread():
    with observing(Log()) as log:
        other = threading.Thread(target=lambda: ops.exp(Tensor(np.ones(2, "float32"))))
        other.start()
        join(other)
    assert log.events == []


def test_trial_runs_and_symbolic_calls_are_no_events():
    class Two(layers.Layer):
        def call(self, x):
            return ops.cumsum(x) * 2

    with observing(Log()) as log:
        Two()(keras.Input((3,)))
        keras.ops.log(keras.Input((3,)))
    assert not {"op_called", "layer_begins"} & {*log.names()}


def test_pausing_tapes_pauses_no_observer():
    x = Variable(np.ones(2, "float32"))
    with observing(Log()) as log, GradientTape() as tape:
        with stop_recording():
            y = ops.exp(x)
        with tape.stop_recording():
            z = ops.exp(x)
    assert log.names() == ["variable_read", "op_called"] * 2
    assert tape.gradient([y, z], x) is None


def test_functions_with_gradients_of_their_own_show_their_ops_and_themselves():
    @custom_gradient
    def double(x):
        return x * 2.0, lambda dy: dy * 2.0

    x = Variable(np.ones(2, "float32"))
    with observing(Log()) as log, GradientTape() as tape:
        y = remat(lambda x: ops.exp(double(x)))(x)
    names = [type(op).__name__ for event, op in log.events if event == "op_called"]
    assert names == ["Multiply", "Exp", "Rematerialized"]
    np.testing.assert_allclose(tape.gradient(y, x), 2 * np.exp([2.0, 2.0]), rtol=1e-6)


def test_open_layers_are_those_around_an_op():
    inside = {}

    class Watch(Observer):
        def op_called(self, op, inputs, outputs):
            inside.setdefault("/".join(layer.name for layer in open_layers()), type(op).__name__)

    model = classifier()
    with observing(Watch()):
        model(X[:4])
        ops.exp(Tensor(X))
    assert [*inside] == ["classifier/hidden", "classifier/normalized", "classifier/head", ""]


def test_check_numerics_sees_operations_and_gradients():
    x = tf.Variable([0.0, 1.0])
    error = tf.errors.InvalidArgumentError
    tf.debugging.enable_check_numerics()
    try:
        with pytest.raises(error, match='Inf in output 0 of operation "Log"'):
            tf.math.log(x)
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.sqrt(x))
        with pytest.raises(error, match='Inf in gradient 0 of operation "Sqrt"'):
            tape.gradient(y, x)
        model = classifier(run_eagerly=False)
        weights_after_fit(model)
        with pytest.raises(error, match="NaN in output 0"):
            model.fit(np.full_like(X, np.nan), Y, batch_size=4, verbose=0)
    finally:
        tf.debugging.disable_check_numerics()
    assert np.isinf(tf.math.log(x).numpy()).any()
    assert thread.eager_observers == thread.op_called == ()
