"""Shorter ways than sorting everything: `top_k` of a few among many, `unique` of integers of a small range."""

import numpy as np
import pytest

from minikeras import ops

RNG = np.random.default_rng(0)
NUMBERS = {
    "distinct": RNG.normal(size=(3, 100)).astype("float32"),
    "with ties": RNG.integers(-4, 4, (2, 3, 100)),
    "equal": np.ones((2, 100), "float32"),
    "unsigned": RNG.integers(0, 9, (4, 100)).astype("uint8"),
    "booleans": RNG.random((4, 100)) < 0.05,
    "a NaN": np.where(np.arange(100) == 7, np.nan, RNG.normal(size=(3, 100))),
    "many NaNs": np.where(np.arange(100) % 25, np.nan, RNG.normal(size=(3, 100))),
    "infinities": np.where(np.arange(100) % 2, -np.inf, RNG.normal(size=(3, 100))),
}


@pytest.mark.parametrize("k", [0, 1, 5, 12])
@pytest.mark.parametrize("name", NUMBERS)
def test_top_k_of_many(name, k):
    x = NUMBERS[name]
    keys = ~x if x.dtype == bool else -x.astype("float64")
    order = np.argsort(keys, axis=-1, kind="stable")[..., :k]
    values, indices = ops.top_k(x, k)
    np.testing.assert_array_equal(indices, order)
    np.testing.assert_array_equal(values, np.take_along_axis(x, order, -1))


INTEGERS = {
    "a small range": RNG.integers(-50, 50, 300),
    "the whole range of int8": np.concatenate([np.array([-128, 127], "int8"), RNG.integers(-100, 100, 90, "int8")]),
    "the end of uint64": np.array([2**64 - 1, 2**64 - 3, 2**64 - 1], "uint64"),
    "the beginning of int64": np.array([-(2**63), 3 - 2**63, -(2**63)]),
    "far apart": np.array([5, 10**12, 5, -(10**12)]),
    "a matrix": RNG.integers(0, 5, (4, 6)).astype("int32"),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_unique_integers(name):
    x = INTEGERS[name]
    values, index, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    found = ops.unique(x, return_index=True, return_inverse=True, return_counts=True)
    for one, other in zip(found, (values, index, inverse.reshape(x.shape), counts), strict=True):
        np.testing.assert_array_equal(one, other)
    assert found[0].dtype == x.dtype
    np.testing.assert_array_equal(ops.unique(x, sorted=False), x.ravel()[np.sort(index)])
