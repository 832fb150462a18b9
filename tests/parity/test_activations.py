"""The activations namespace against keras.activations: values, gradients, relu's arguments, names and configs."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from minikeras import activations  # noqa: E402
from minikeras.autodiff import GradientTape, KerasTensor, Tensor  # noqa: E402
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


# Where Keras raises another error for complex numbers, or for kernels that are missing for single dtypes only.
OTHERWISE = {("sparsemax", "int8"), ("sparsemax", "uint16"), ("sparse_plus", "uint16"), ("hard_shrink", "uint16")}


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int32", "int64", "complex64"])
@pytest.mark.parametrize("name", NAMES)
def test_other_numbers_than_floats(name, dtype):
    def outcome(function, x):
        try:
            result = function(x)
        except Exception as error:
            return type(error).__name__
        return keras.backend.standardize_dtype(result.dtype), np.asarray(result)

    values = np.array([[-3, -1, 0, 1], [2, 4, 6, 7]]).astype(dtype)
    ours, theirs = getattr(activations, name), getattr(keras.activations, name)
    a, b = outcome(ours, Tensor(values)), outcome(theirs, tf.constant(values))
    if isinstance(b, str):
        assert isinstance(a, str), (a, b)
        assert a == b or (name, dtype) in OTHERWISE
    else:
        assert a[0] == b[0]
        np.testing.assert_allclose(a[1], b[1], rtol=1e-5)
    if name not in (
        "hard_silu",
        "hard_swish",
        "mish",
        "sparsemax",
        "leaky_relu",
    ):  # with symbols these raise errors in Keras
        assert ours(KerasTensor((2, 4), dtype)).dtype == theirs(keras.KerasTensor((2, 4), dtype)).dtype
