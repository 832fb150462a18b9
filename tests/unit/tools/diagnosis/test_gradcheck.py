"""`gradcheck` accepts right gradients, and finds wrong ones: which entry, where, in which order."""

import numpy as np
import pytest

from minikeras import layers, losses, ops
from minikeras.autodiff.custom_gradient import custom_gradient
from minikeras.tools.diagnosis.gradcheck import GradientError
from minikeras.utils import gradcheck

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4))


def wrong_square(place):
    """x², whose gradient is wrong at one place."""

    @custom_gradient
    def square(x):
        def gradient(dy):
            factor = np.full(x.shape, 2.0)
            factor[place] = 2.1
            return dy * x * factor

        return x * x, gradient

    return square


RIGHT = {
    "function": (lambda x: ops.exp(ops.sin(x)), X),
    "two inputs": (lambda a, b: ops.matmul(a, ops.transpose(b)), [X, X + 1]),
    "indices": (lambda x, i: ops.take(x, i, axis=0), [X, np.array([0, 2, 2])]),
    "Dense": (layers.Dense(2, activation="tanh", dtype="float64"), X),
    "LSTM": (layers.LSTM(2, dtype="float64"), RNG.normal(size=(2, 3, 2))),
    "LayerNormalization": (layers.LayerNormalization(dtype="float64"), X),
    "loss": (losses.MeanSquaredError(dtype="float64"), [X, X + 1]),
    "structure": (lambda x: {"a": x * x, "b": ops.argmax(x)}, X),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_gradients_pass(name):
    subject, inputs = RIGHT[name]
    check = gradcheck(subject, inputs)
    assert check.order == 2
    assert check.wrong == []
    assert "right" in str(check)


def test_a_wrong_entry_is_named_and_drawn():
    with pytest.raises(GradientError) as caught:
        gradcheck(wrong_square((1, 2)), X)
    check = caught.value.check
    assert check.order == 1
    assert [(entry.name, entry.index) for entry in check.wrong] == [("input", (1, 2))]
    assert check.wrong[0].by_tape == pytest.approx(1.05 * check.wrong[0].by_differences)
    assert "    ····\n    ··#·\n    ····" in str(check)


def test_a_wrong_gradient_of_a_weight_is_named():
    class Scale(layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(4,), initializer="ones", name="scale")

        def call(self, x):
            return x * wrong_square((3,))(self.scale + 0.0)

    with pytest.raises(GradientError, match=r"scale\[3\]"):
        gradcheck(Scale(dtype="float64"), X)


def test_a_wrong_second_derivative_is_found():
    @custom_gradient
    def cube(x):
        def gradient(dy):
            return dy * 3.0 * ops.stop_gradient(x) * x

        return x * x * x, gradient

    assert gradcheck(cube, X, order=1).order == 1
    with pytest.raises(GradientError) as caught:
        gradcheck(cube, X)
    assert caught.value.check.order == 2


def test_weights_are_what_they_were():
    layer = layers.Dense(2, dtype="float64")
    layer.build((None, 4))
    before = layer.kernel.numpy()
    gradcheck(layer, X)
    np.testing.assert_array_equal(before, layer.kernel.numpy())


@pytest.mark.parametrize(
    "subject, inputs, message",
    [
        (layers.Dense(2), X, 'dtype="float64"'),
        (losses.Huber(), [X, X + 0.5], 'dtype="float64"'),  # rounding of float32 is not a wrong gradient
        (lambda x: x, np.arange(3), "nothing to check: no input"),
        (ops.argmax, X, "nothing to check: the function returns no floats"),
    ],
)
def test_float32_and_nothing_to_check_are_refused(subject, inputs, message):
    with pytest.raises(ValueError, match=message):
        gradcheck(subject, inputs)
