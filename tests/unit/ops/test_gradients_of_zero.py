"""A gradient of zero stays zero where the derivative is infinite: √x, 1 / √x and 1 / x at 0, and norms of zeros."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import GradientTape, ops

X = np.array([0.0, 4.0], "float32")
FUNCTIONS = {
    "sqrt": ops.sqrt,
    "rsqrt": ops.rsqrt,
    "reciprocal": ops.reciprocal,
    "norm": lambda x: ops.norm(x[:, None], axis=-1),
    "std": lambda x: ops.std(x[:, None], axis=-1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_multiplied_by_zero_has_no_gradient(name):
    x = keras.Variable(X)
    with GradientTape() as tape:
        y = ops.sum(FUNCTIONS[name](x) * 0.0)
    assert np.asarray(tape.gradient(y, x)).tolist() == [0, 0]


@pytest.mark.parametrize("name, slope", [("sqrt", 0.25), ("rsqrt", -0.0625), ("reciprocal", -0.0625)])
def test_the_gradient_of_such_a_gradient_is_right(name, slope):
    x, factor = keras.Variable([4.0]), keras.Variable([0.0])
    with GradientTape() as outer:
        with GradientTape() as inner:
            y = ops.sum(FUNCTIONS[name](x) * factor)
        dx = inner.gradient(y, x)
    assert np.asarray(outer.gradient(dx, factor)).tolist() == [slope]


def test_vectors_of_zeros_are_normalized_in_training():
    model = keras.Sequential([keras.layers.Dense(2, kernel_initializer="zeros"), keras.layers.UnitNormalization()])
    model.compile(keras.optimizers.SGD(1e-13), "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    assert np.isfinite(model.get_weights()[0]).all()
