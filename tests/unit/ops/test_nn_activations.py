"""Activation ops at their corners and extremes, by their formulas."""

import math

import numpy as np
import pytest

from minikeras import ops
from minikeras.autodiff import GradientTape, KerasTensor, Tensor, Variable
from minikeras.base.errors import InvalidArgumentError
from minikeras.layers import Input
from minikeras.models import Functional

ROUNDING = 1e-6  # float32, a few operations


def value_and_gradient(function, x):
    x = Tensor(np.array([x], "float32"))
    with GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return float(y[0]), float(tape.gradient(y, x)[0])


# (function, x, y, dy/dx)
CORNERS = [
    (ops.relu, 0.0, 0.0, 0.0),
    (ops.relu6, 6.0, 6.0, 0.0),
    (ops.leaky_relu, 0.0, 0.0, 0.2),
    (ops.hard_tanh, 1.0, 1.0, 1.0),
    (ops.hard_sigmoid, 3.0, 1.0, 0.0),
    (ops.hard_sigmoid, 1.0, 4 / 6, 1 / 6),
    (ops.hard_shrink, 0.5, 0.0, 0.0),
    (ops.soft_shrink, 0.75, 0.25, 1.0),
    (ops.elu, 0.0, 0.0, 1.0),
    (ops.celu, 0.0, 0.0, 2.0),
    (ops.selu, 1.0, 1.05070098, 1.05070098),
    (ops.sparse_plus, 1.0, 1.0, 1.0),
    (ops.sparse_sigmoid, -1.0, 0.0, 0.0),
    (ops.sigmoid, 0.0, 0.5, 0.25),
    (ops.sigmoid, 1000.0, 1.0, 0.0),
    (ops.sigmoid, -1000.0, 0.0, 0.0),
    (ops.softplus, 0.0, math.log(2), 0.5),
    (ops.softplus, 1000.0, 1000.0, 1.0),
    (ops.log_sigmoid, -1000.0, -1000.0, 1.0),
    (ops.silu, -1000.0, 0.0, 0.0),
    (ops.softsign, 1e30, 1.0, 0.0),
    (ops.squareplus, 0.0, 1.0, 0.5),
    (ops.tanh_shrink, 0.0, 0.0, 0.0),
    (lambda x: ops.gelu(x, approximate=False), 1.0, 0.841344746, 1.083315468),
    (ops.gelu, 1.0, 0.841191991, 1.082964115),
]


@pytest.mark.parametrize("function, x, y, slope", CORNERS)
def test_value_and_slope(function, x, y, slope):
    assert value_and_gradient(function, x) == pytest.approx((y, slope), rel=ROUNDING, abs=ROUNDING)


REFUSALS = {InvalidArgumentError: ["sigmoid", "softplus", "elu", "softmax", "selu", "log_sigmoid", "sparsemax"],
            TypeError: ["hard_sigmoid", "celu", "soft_shrink"], ValueError: ["gelu"]}  # fmt: skip


@pytest.mark.parametrize("error, name", [(error, name) for error, names in REFUSALS.items() for name in names])
def test_integers_are_refused_when_numbers_come(error, name):
    function = getattr(ops, name)
    with pytest.raises(error, match=r"takes floats.* Received: `x` of dtype int32 and shape \(3,\)"):
        function([1, 2, 3])
    assert function(KerasTensor((2, 3), "int16")).dtype == "int16"
    model = Functional(x := Input((4,), dtype="int32"), function(x))
    with pytest.raises(error, match="takes floats"):
        model(np.ones((2, 4), "int32"))


def test_relu_keeps_integers():
    assert ops.relu([-1, 2]).dtype == "int32"


@pytest.mark.parametrize("name", ["relu", "sigmoid", "softmax", "gelu", "hard_silu", "glu"])
def test_arrays_lists_variables_and_symbols_alike(name):
    function, x = getattr(ops, name), np.array([[1.0, -2.0]], "float32")
    expected = function(Tensor(x)).numpy()
    for same in (x, x.tolist(), Variable(x)):
        np.testing.assert_array_equal(function(same), expected)
    assert function(KerasTensor((None, 2))).shape == (None, *expected.shape[1:])


def test_softmax_survives_large_numbers():
    np.testing.assert_array_equal(ops.softmax([1e4, -1e4, 0.0]), [1, 0, 0])
    np.testing.assert_array_equal(ops.log_softmax([1e4, -1e4, 0.0]), [0, -2e4, -1e4])


def test_softmax_over_several_axes_sums_to_one_over_them():
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    y = ops.softmax(x, axis=(0, 2)).numpy()
    np.testing.assert_allclose(y.sum(axis=(0, 2)), np.ones(3))
    np.testing.assert_allclose(np.exp(ops.log_softmax(x, axis=(0, 2)).numpy()), y)


def test_softmax_over_one_class_warns():
    with pytest.warns(UserWarning, match="sigmoid"):
        ops.softmax(np.ones((3, 1)))


def test_softmax_over_a_missing_axis():
    with pytest.raises(ValueError, match="axis"):
        ops.softmax(np.ones((2, 3)), axis=2)
    with pytest.raises(ValueError, match="axis=2"):
        ops.softmax(KerasTensor((2, 3)), axis=2)


def test_glu_wants_an_even_length():
    with pytest.raises(ValueError, match="divisible by 2"):
        ops.glu(np.ones((2, 3)))
