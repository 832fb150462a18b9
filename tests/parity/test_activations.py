"""The activations namespace against keras.activations: values, gradients, relu's arguments, names and configs."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from minikeras import activations  # noqa: E402
from minikeras.autodiff import GradientTape, Tensor  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, assert_close  # noqa: E402

X = np.concatenate([np.linspace(-7, 7, 57), np.random.default_rng(0).normal(size=111) * 3]).astype("float32")
X = X.reshape(4, 42)
NAMES = sorted(set(activations.__all__) - {"get", "serialize", "deserialize", "threshold"})
RELUS = [
    {"negative_slope": slope, "max_value": ceiling, "threshold": threshold}
    for slope in (0.0, 0.3)
    for ceiling in (None, 4.0, 6.0)
    for threshold in (0.0, 1.0)
]


def compare(name, arguments):
    ours, theirs = getattr(activations, name), getattr(keras.activations, name)
    x, y = Tensor(X), tf.constant(X)
    with GradientTape() as tape, tf.GradientTape() as tf_tape:
        tape.watch(x)
        tf_tape.watch(y)
        a, b = ours(x, **arguments), theirs(y, **arguments)
    assert_close("activations", a, b.numpy(), SAME_FORMULA, name)
    factors = np.random.default_rng(1).normal(size=b.shape).astype("float32")
    gradient = tape.gradient(a, x, output_gradients=Tensor(factors))
    expected = tf_tape.gradient(b, y, output_gradients=tf.constant(factors))
    assert_close("activations, gradients", gradient, expected.numpy(), SAME_FORMULA, f"gradient of {name}")


@pytest.mark.parametrize("name", NAMES)
def test_values_and_gradients(name):
    compare(name, {})


@pytest.mark.parametrize("arguments", RELUS, ids=str)
def test_relu(arguments):
    compare("relu", arguments)


@pytest.mark.parametrize("name", [*NAMES, "threshold"])
def test_names_and_configs(name):
    theirs = keras.activations.serialize(keras.activations.get(name))
    assert activations.serialize(activations.get(name)) == theirs


def test_configs_of_own_functions():
    def double(x):
        return 2 * x

    assert activations.serialize(double) == keras.activations.serialize(double)
    assert activations.get(keras.activations.serialize(keras.activations.relu)) is activations.relu
