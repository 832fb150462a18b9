"""Functions that take only shapes and dtypes from tensors, or arrays in rare cases only, do not stop a plan."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.compat import namespaces
from minikeras.plans.plan import Plan

tf = namespaces.namespace_shim("tensorflow")


def _lengths(x):
    return ops.reshape(x, (ops.shape(x)[0], 3)) * (ops.dtype(x) == "float32")


FUNCTIONS = {
    "ops.shape": _lengths,
    "tf.clip_by_value": lambda x: tf.clip_by_value(x, -0.5, 0.5),
    "tf.pad": lambda x: tf.pad(x, [[0, 0], [1, 1]])[:, 1:-1],
    "tf.clip_by_global_norm": lambda x: tf.clip_by_global_norm([x, x * 2], 1.0)[0][0],
    # loops whose number of steps does not depend on the batch's values: their steps, one after the other
    "ops.while_loop": lambda x: ops.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, ops.tanh(y + x)), (0, x))[1],
    "ops.fori_loop": lambda x: ops.fori_loop(0, 3, lambda i, y: ops.tanh(y + i * x), x),
    "ops.scan": lambda x: ops.transpose(
        ops.scan(lambda h, column: (ops.tanh(h + column),) * 2, ops.zeros_like(x[:, 0]), ops.transpose(x))[1]
    ),
    "ops.scan without outputs": lambda x: ops.scan(lambda h, _: (ops.tanh(h), None), x, length=2)[0],
    "ops.associative_scan": lambda x: ops.associative_scan(lambda a, b: a * 0.5 + b, x, axis=1),
    "ops.map": lambda x: ops.map(ops.tanh, x),
    "ops.vectorized_map": lambda x: ops.vectorized_map(lambda row: ops.tanh(row) * row, x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_plan_is_made(name):
    class User(layers.Layer):
        def call(self, x):
            return FUNCTIONS[name](x)

    x = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)
    losses = []
    for jit_compile in ("auto", False):
        model = keras.Sequential([keras.Input((3,)), User(), layers.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", "mse", jit_compile=jit_compile)
        losses.append(model.fit(x, np.ones((8, 1)), batch_size=2, epochs=2, verbose=0, shuffle=False).history["loss"])
        if jit_compile == "auto":
            assert any(isinstance(entry, Plan) for entry in model._plans().entries.values())
    np.testing.assert_allclose(*losses, rtol=1e-6)


def test_gradients_without_axes_are_part_of_a_plan():
    """Those of variables that are one number each, by rules that compute with Python's numbers."""

    class Scaled(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.scale = layers.Dense(1, kernel_initializer="ones"), keras.Variable(0.5)

        def call(self, x):
            return self.dense(x) * self.scale**2 + self.scale**3

    x, losses = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3), []
    for jit_compile in ("auto", False):
        model = Scaled()
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit_compile)
        losses.append(model.fit(x, np.ones((8, 1)), batch_size=2, epochs=2, verbose=0, shuffle=False).history["loss"])
        if jit_compile == "auto":
            assert all(isinstance(entry, Plan) for entry in model._plans().entries.values())
    assert losses[0][1] < losses[0][0]
    np.testing.assert_allclose(*losses, rtol=1e-6)


def test_a_loop_of_which_only_the_last_output_is_used_is_explained(capsys):
    model = keras.Sequential([keras.Input((5, 2)), layers.LSTM(3), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 5, 2)), np.ones((8, 1)), batch_size=2, verbose=0)
    model.explain_plan()
    assert "gradient of LSTMLoop" in capsys.readouterr().out
