"""A signal's handler runs the model that it interrupts: both runs give their own numbers."""

import signal

import numpy as np
import pytest

import minikeras as keras
from minikeras.autodiff.lowering import OpLowering, float32_of_one_shape
from minikeras.autodiff.operation import Op
from minikeras.compat import tensorflow as tf
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import floats, integers, task_kernel
from minikeras.plans.lower import can_compile
from tests.waiting import interrupted_when

pytestmark = pytest.mark.skipif(not can_compile(), reason="nothing is compiled here")

ROUNDING = 1e-5  # of sums of a few products, in another order
BEGUN, TURNS = np.zeros(1, np.int64), np.ones(1, np.int64)
ROWS = 40  # several times as many as a run does between two looks at the clock


@task_kernel
def copy_slowly(task, x: floats(2), y: floats(2), begun: integers(1), turns: integers(1)):
    """y = x in one row, after about `turns[0]` nanoseconds of work."""
    begun[0] = 1
    seed = task
    for _ in range(turns[0]):
        seed = (seed * 1103515245 + 12345) % 2147483648
    for j in range(x.shape[1]):
        y[task, j] = x[task, j] + (seed == -1)


def copy_slowly_jobs(x, y, begun, turns):
    return [copy_slowly.job(len(x), x, y, begun, turns)]


class SlowLowering(OpLowering):
    def forward(self, op, inputs, outputs):
        if not float32_of_one_shape([*inputs, *outputs]):
            return None
        return lambda inputs, outputs: copy_slowly_jobs(inputs[0], outputs[0], BEGUN, TURNS)


class Slow(Op):
    """y = x, so slowly, if `TURNS` is large, that the run handles signals meanwhile."""

    is_pure = True
    lowering = SlowLowering()

    def forward(self, x):
        y = np.empty_like(x)
        run_prepared(copy_slowly_jobs, (np.ascontiguousarray(x), y, BEGUN, TURNS))
        return y

    def output_shape(self, shape):
        return shape

    def batch_inputs(self, shapes, output_shape):
        return [True]


def model_and_weights(**arguments):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,))
    model = keras.Model(inputs, keras.layers.Dense(3)(Slow()(keras.layers.Dense(5)(inputs))))
    model.compile("sgd", "mse", **arguments)
    return model, model.get_weights()


def calls(way):
    """(the model's weights, a function x -> y)"""
    if way == "function":
        model, weights = model_and_weights()
        compiled = tf.function(lambda x: model(x))
        return weights, lambda x: compiled(tf.constant(x)).numpy()
    model, weights = model_and_weights(jit_compile=way != "eager")
    batch_size = 1 if way == "many batches" else ROWS
    return weights, lambda x: model.predict(x, batch_size=batch_size, verbose=0)


@pytest.mark.parametrize("way", ["eager", "plan", "many batches", "function"])
def test_a_handler_may_call_what_it_interrupts(way):
    (k1, b1, k2, b2), call = calls(way)
    first, second = np.random.default_rng(0).normal(size=(2, ROWS, 6)).astype("float32")
    for _ in range(3):
        call(second)
    found = []

    def handle(number, frame):
        TURNS[0] = 1
        found.append(call(second))

    before = signal.signal(signal.SIGINT, handle)
    BEGUN[0], TURNS[0] = 0, 20_000_000
    try:
        with interrupted_when(BEGUN.any, "the slow job has begun"):
            y = call(first)
    finally:
        signal.signal(signal.SIGINT, before)
        TURNS[0] = 1
    assert len(found) == 1
    for x, result in ((first, y), (second, found[0])):
        np.testing.assert_allclose(result, (x @ k1 + b1) @ k2 + b2, rtol=ROUNDING, atol=ROUNDING)
