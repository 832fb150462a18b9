"""NumPy's functions on tensors: its operators ask the tensor, the others see an array."""

import operator

import numpy as np
import pytest

from minikeras import GradientTape, KerasTensor, Tensor, Variable

X = np.array([[1.0, 4.0], [9.0, 2.0]], "float32")
FUNCTIONS = [np.sqrt, np.sum, np.max, np.mean, np.exp, np.argmax, np.isnan, np.any, np.cumsum, np.transpose, np.round]
SYMBOLS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "eq", "ne", "lt", "le", "gt", "ge"]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("make", [Tensor, Variable])
def test_functions_give_numpys_result(make, function):
    result = function(make(X))
    assert not isinstance(result, Tensor)
    np.testing.assert_array_equal(result, function(X))


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("make", [Tensor, Variable])
def test_an_array_on_the_left_asks_the_tensor(make, symbol):
    apply, left = getattr(operator, symbol), X[::-1].copy()
    result = apply(left, make(X))
    assert isinstance(result, Tensor)
    np.testing.assert_array_equal(np.asarray(result), apply(left, X))


@pytest.mark.parametrize("symbol", ["and_", "or_", "xor"])
def test_logic_with_an_array_on_the_left(symbol):
    apply, mask = getattr(operator, symbol), X > 3
    result = apply(~mask, Tensor(mask))
    assert isinstance(result, Tensor)
    np.testing.assert_array_equal(np.asarray(result), apply(~mask, mask))


def test_a_numpy_number_on_the_left_is_followed_by_the_tape():
    x = Tensor(X)
    with GradientTape() as tape:
        tape.watch(x)
        y = np.float32(2) * x
    np.testing.assert_array_equal(np.asarray(tape.gradient(y, x)), np.full_like(X, 2))


def test_a_symbolic_tensor_says_what_to_use_instead():
    with pytest.raises(ValueError, match=r"keras\.ops"):
        np.sqrt(KerasTensor((2,)))


def test_results_can_go_into_an_array_of_the_caller():
    out = np.zeros_like(X)
    np.add(X, Tensor(X), out=out)
    np.testing.assert_array_equal(out, 2 * X)
