"""Ops of SparseTensors against NumPy on the dense arrays: also without elements, and with repeated positions."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.tensors import sparse
from minikeras.tensors.sparse import SparseTensor

FLOAT32 = 1e-5  # sums of few products in another order


def drawn(seed):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(4, 5, 3)) * (rng.random((4, 5, 3)) > 0.6)).astype("float32")


X, Y = drawn(1), drawn(2)
REPEATED = SparseTensor([[2, 1], [0, 0], [2, 1]], np.array([1, 2, 3], "float32"), (3, 2))  # at [2, 1] both count
D = np.array([[2, 0], [0, 0], [0, 4]], "float32")
EMPTY, ZEROS = SparseTensor(np.zeros((0, 2)), np.zeros(0, "float32"), (3, 2)), np.zeros((3, 2), "float32")
TWO = {name: (getattr(ops, name), getattr(np, name)) for name in ("add", "subtract", "multiply", "maximum", "minimum")}


def of_two(op, function):
    """Rows for two sparse operands, or one beside a dense one."""
    for name, (a, dense_a), (b, dense_b) in (
        ("sparse", (sparse.from_dense(X), X), (sparse.from_dense(Y), Y)),
        ("repeated", (REPEATED, D), (REPEATED, D)),
        ("empty", (EMPTY, ZEROS), (REPEATED, D)),
    ):
        yield name, lambda a=a, b=b: op(a, b), function(dense_a, dense_b)
        yield f"{name} and dense", lambda a=a, b=dense_b: op(a, b), function(dense_a, dense_b)
        yield f"dense and {name}", lambda a=dense_a, b=b: op(a, b), function(dense_a, dense_b)


def rows():
    x, y = sparse.from_dense(X), sparse.from_dense(Y)
    for name, pair in TWO.items():
        for what, call, expected in of_two(*pair):
            yield f"{name}: {what}", call, expected
    for axis in (None, 0, -1, (0, 2)):
        for keepdims in (False, True):
            yield (
                f"sum {axis} {keepdims}",
                lambda axis=axis, keepdims=keepdims: ops.sum(x, axis, keepdims),
                X.sum(axis, keepdims=keepdims),
            )
    for axis in (0, 1, -1):
        yield f"concatenate {axis}", lambda axis=axis: ops.concatenate([x, y], axis), np.concatenate([X, Y], axis)
    yield "concatenate empty", lambda: ops.concatenate([EMPTY, REPEATED], 1), np.concatenate([ZEROS, D], 1)
    yield "transpose", lambda: ops.transpose(x, (2, 0, 1)), X.transpose(2, 0, 1)
    yield "transpose empty", lambda: ops.transpose(EMPTY), ZEROS.T
    yield "reshape", lambda: ops.reshape(x, (-1, 6)), X.reshape(-1, 6)
    yield "reshape empty", lambda: ops.reshape(EMPTY, (2, 3)), ZEROS.reshape(2, 3)
    yield "multiply broadcast", lambda: ops.multiply(x, np.arange(3, dtype="float32")), X * np.arange(3)
    yield "divide broadcast", lambda: ops.divide(x, np.full((5, 1), 2, "float32")), X / 2
    yield "divide repeated", lambda: ops.divide(REPEATED, D + 1), D / (D + 1)
    yield "matmul repeated", lambda: ops.matmul(REPEATED, D.T), D @ D.T
    yield "matmul empty", lambda: ops.matmul(EMPTY, D.T), ZEROS @ D.T


ROWS = {name: (call, expected) for name, call, expected in rows()}


@pytest.mark.parametrize("name", ROWS)
def test_results_are_those_of_dense_arrays(name):
    call, expected = ROWS[name]
    result = call()
    result = result.as_dense() if isinstance(result, SparseTensor) else result
    assert result.shape == expected.shape
    np.testing.assert_allclose(result.array, expected, rtol=FLOAT32, atol=FLOAT32)
