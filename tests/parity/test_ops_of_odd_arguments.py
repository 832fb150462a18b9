"""Ops of empty lists, lengths and steps of 0, positions beyond the end, integers divided by 0: values or an error, as
in Keras."""

import keras
import numpy as np
import pytest

import minikeras

X = np.arange(4.0).reshape(2, 2)
CASES = """
stack([])                                   | concatenate([])                          | vstack([])
hstack([])                                  | arange(0, 1, 0)                          | linspace(0, 1, 0)
linspace(0, 1, -1)                          | linspace(0, 1, 1)                        | eye(0)
full((-1,), 2)                              | tile(X, 0)                               | repeat(X, -1)
roll(X, 1, 5)                               | moveaxis(X, 0, 5)                        | squeeze(X, 0)
transpose(X, (0, 0))                        | flip(X, 4)                               | diagonal(np.ones(2))
dot(X, np.ones(3))                          | average(X, weights=np.ones(3))           | bincount(np.array([-1]))
quantile(X, 2.0)                            | quantile(X, -1.0)                        | max(np.ones((0,)))
argmax(np.ones((0,)))                       | mean(np.ones((0,)))                      | median(np.ones((0,)))
clip(X, 3, 1)                               | digitize(X, np.array([3, 1]))            | digitize(X, np.array([1, 1]))
take(X, [9])                                | take(X, [-9])                            | split(X, 0)
split(X, -1)                                | split(X, [5])                            | split(X, [-1])
split(X, [0])                               | split(X, [2])                            | split(X, [2, 1])
array_split(X, 0)                           | one_hot([5], 3)                          | one_hot([1], 0)
top_k(X, 0)                                 | top_k(X, -1)                             | slice(X, (3, 0), (1, 1))
segment_sum(X[0], np.array([0, 5]), 3)      | segment_sum(X[0], np.array([-1, 1]), 3)  | norm(X, ord="foo")
det(np.ones((2, 3)))                        | reshape(X, (-1, -1))                     | broadcast_to(X, (3, 2))
einsum("ii->i", np.ones((2, 3)))            | softmax(X, axis=3)                       | unstack(X, axis=4)
mod(1, 0)                                   | mod(np.array([3, 4]), np.array([2, 0]))  | mod(1.0, 0.0)
floor_divide(1, 0)                          | floor_divide(1.0, 0.0)                   | floor_divide([], [])
bitwise_and(1.0, 2)                         | bitwise_xor([1], [2.0])                  | quantile(X, [1.2, 0.9], 0)
vectorized_map(lambda a: a + 1, X[:0])      | vectorized_map(lambda a: a[0], X[:0])    | map(lambda a: a, X[:0])
"""


def outcome(module, expression):
    try:
        results = eval(expression, {"np": np, "X": X}, vars(module.ops))
    except Exception:
        return "an error"
    results = results if isinstance(results, (list, tuple)) else [results]
    return [(keras.backend.standardize_dtype(y.dtype), np.asarray(y)) for y in results]


@pytest.mark.parametrize(
    "expression", [case.strip() for line in CASES.split("\n") for case in line.split("| ") if case]
)
def test_values_or_an_error(expression):
    actual, expected = (outcome(module, expression) for module in (minikeras, keras))
    assert (actual == "an error") == (expected == "an error"), (actual, expected)
    if expected != "an error":
        assert [dtype for dtype, _ in actual] == [dtype for dtype, _ in expected]
        for (_, y), (_, wanted) in zip(actual, expected, strict=True):
            assert y.shape == wanted.shape
            np.testing.assert_allclose(y, wanted, rtol=1e-6)
