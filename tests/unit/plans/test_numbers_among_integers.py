"""Comparisons of integers with Python numbers: 0.5 is not 0 there, in plans either."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import ops
from tests.oracles import replays

X = np.arange(-2, 4, dtype="int32")[:, None]
COMPARISONS = [ops.equal, ops.not_equal, ops.less, ops.less_equal, ops.greater, ops.greater_equal]


@pytest.mark.parametrize("number", [0.5, -1.5, 2, -7, True, float("inf"), float("nan")], ids=str)
def test_an_integer_is_compared_with_a_number_as_it_is(number):
    x = keras.Input((1,), dtype="int32")
    masks = [compare(*pair) for compare in COMPARISONS for pair in ((x, number), (number, x))]
    model = keras.Model(x, ops.concatenate([ops.cast(mask, "float32") for mask in masks], axis=-1))
    model.compile()
    results = [np.asarray(model.predict_on_batch(X)) for _ in range(4)]
    assert replays(model) > 0
    ufuncs = [getattr(np, compare.__name__) for compare in COMPARISONS]
    wide = X.astype("float64")
    expected = [ufunc(*pair) for ufunc in ufuncs for pair in ((wide, float(number)), (float(number), wide))]
    for result in results:
        np.testing.assert_array_equal(result, np.concatenate(expected, axis=1))
