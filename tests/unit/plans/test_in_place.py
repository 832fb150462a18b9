"""Results that share the buffer of an input: where nothing reads the input later, and only there."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.plans.plan import Plan


def model_of(output):
    """A GRU, whose input sums are a product of their own; `output` makes the model's result from both."""
    x = keras.Input((6, 3))
    layer = keras.layers.GRU(8, return_sequences=True)
    model = keras.Model(x, output(x, layer(x)))
    model.compile("sgd", "mse")
    return model


def bytes_of_plan(monkeypatch, model):
    """The bytes of all buffers of the plan of a training step, and the losses of 5 steps by it."""
    made = []
    lay_out = Plan._lay_out
    monkeypatch.setattr(Plan, "_lay_out", lambda plan, kept: (lay_out(plan, kept), made.append(plan))[0])
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 6, 3)).astype("float32")
    y = rng.normal(size=(40, *model.output_shape[1:])).astype("float32")
    losses = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
    return max(plan.arena.wanted for plan in made), losses


def test_gates_and_their_gradient_take_the_buffer_of_the_sums(monkeypatch):
    sums = 8 * 6 * 3 * 8 * 4  # bytes: batch, steps, gates, units, float32
    wanted, _ = bytes_of_plan(monkeypatch, model_of(lambda x, y: y))
    with monkeypatch.context() as patch:
        patch.setattr("minikeras.plans.layout.Layout._share_in_place", lambda _: None)
        apart, _ = bytes_of_plan(patch, model_of(lambda x, y: y))
    assert (apart - wanted) // sums == 2  # and small ones, of the loss


@pytest.mark.parametrize("go_backwards", [False, True])
def test_losses_equal_those_of_the_tape(monkeypatch, go_backwards):
    def output(x, y):
        return keras.layers.GRU(5, go_backwards=go_backwards)(keras.layers.concatenate([x, y]))

    keras.utils.set_random_seed(0)
    model = model_of(output)
    start = model.get_weights()
    _, planned = bytes_of_plan(monkeypatch, model)
    model.set_weights(start)
    model.compile("sgd", "mse", run_eagerly=True)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 6, 3)).astype("float32")
    y = rng.normal(size=(40, 5)).astype("float32")
    eager = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(planned, eager, rtol=1e-5)


def test_sums_that_are_read_later_keep_their_buffer(monkeypatch):
    """With the sums as another result of the model, the gates are elsewhere, and both are right."""

    class Both(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.cell = keras.layers.LSTMCell(8)

        def build(self, shape):
            self.cell.build((shape[0], shape[2]))

        def call(self, x):
            sums = self.cell.input_sums(x, False)
            h, *_ = self.cell.loop((), False)(sums, self.cell.recurrent_kernel)
            return h, sums

    inputs = keras.Input((6, 3))
    model = keras.Model(inputs, Both()(inputs))
    model.compile("sgd", ["mse", "mse"])
    x = np.random.default_rng(0).normal(size=(8, 6, 3)).astype("float32")
    expected = [y.numpy() for y in model(x)]
    for _ in range(3):
        found = model.predict(x, batch_size=8, verbose=0)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    y = [np.zeros_like(part) for part in expected]
    planned = [model.train_on_batch(x, y)[0] for _ in range(5)]
    assert all(np.diff(planned) < 0)


def predicted(monkeypatch, output, compiled=True):
    """The arena of the plan of a prediction of 4 × 64 numbers, and what it predicts; `output` makes the result of x."""
    made = []
    lay_out = Plan._lay_out
    with monkeypatch.context() as patch:
        patch.setattr(Plan, "_lay_out", lambda plan, kept: (lay_out(plan, kept), made.append(plan))[0])
        x = keras.Input((64,))
        model = keras.Model(x, output(x))
        rng = np.random.default_rng(0)
        model.compile(run_eagerly=not compiled)
        x = rng.normal(size=(4, 64)).astype("float32")
        for _ in range(3):
            y = model.predict(x, verbose=0)
    return sum(plan.arena.nbytes for plan in made), y


ROWS = 4 * 64 * 4  # bytes of an array of the batch
CHAINS = {
    "an activation of several ops": (lambda x: keras.ops.hard_silu(keras.ops.square(x)), 2),  # x · relu6(x + 3) / 6
    "a chain of formulas": (lambda x: keras.ops.tanh(keras.ops.exp(keras.ops.negative(keras.ops.relu(x)))), 2),
    "a sum of what is read once": (lambda x: keras.ops.relu(x) + keras.ops.tanh(x), 3),
    "a selection": (lambda x: keras.ops.where(x > 0, keras.ops.tanh(x), keras.ops.exp(x)), 3.25),  # a mask of bytes
}


@pytest.mark.parametrize("output, arrays", CHAINS.values(), ids=CHAINS)
def test_elementwise_ops_overwrite_what_is_not_read_later(monkeypatch, output, arrays):
    """The arrays that are left are the batch and those that are needed at once."""
    nbytes, y = predicted(monkeypatch, output)
    assert nbytes == arrays * ROWS
    np.testing.assert_allclose(y, predicted(monkeypatch, output, compiled=False)[1], rtol=1e-6, atol=1e-6)


def test_elementwise_ops_leave_what_is_read_later(monkeypatch):
    def output(x):
        y = keras.ops.tanh(x)
        return [keras.ops.exp(y) * keras.ops.reshape(y, (-1, 64)), y, keras.ops.relu(x) - x]

    _, planned = predicted(monkeypatch, output)
    for a, b in zip(planned, predicted(monkeypatch, output, compiled=False)[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_a_row_that_is_repeated_is_not_overwritten(monkeypatch):
    """Of 64 numbers for a batch of one: of one size with the result, but in another shape."""

    def output(x):
        y = keras.ops.tanh(x)
        return keras.ops.reshape(y, (-1, 8, 8)) + keras.ops.reshape(keras.ops.exp(y), (-1, 8, 8))[:, :1]

    _, planned = predicted(monkeypatch, output)
    np.testing.assert_allclose(planned, predicted(monkeypatch, output, compiled=False)[1], rtol=1e-6, atol=1e-6)


def test_an_operand_is_repeated_in_the_place_of_the_result(monkeypatch):
    """A gate for each channel takes no array of its own; beside it x is needed, and the result."""
    outside = []
    monkeypatch.setattr("minikeras.autodiff.elementwise_lowering.aligned", lambda *shape: outside.append(shape))

    def output(x):
        y = keras.ops.reshape(keras.ops.tanh(x), (-1, 4, 16))
        return y * keras.ops.exp(y[:, :1])

    _, planned = predicted(monkeypatch, output)
    assert not outside
    np.testing.assert_allclose(planned, predicted(monkeypatch, output, compiled=False)[1], rtol=1e-6, atol=1e-6)
