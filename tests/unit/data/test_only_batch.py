"""`only_batch`: an array of one batch, without the adapter that cuts larger ones."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.data import ArrayAdapter, only_batch

ARRAYS = {
    "float32": np.ones((3, 2), "float32"),
    "float64": np.arange(6.0).reshape(3, 2),
    "integers": np.arange(3),
    "booleans": np.array([True, False]),
    "every second": np.arange(12, dtype="float32").reshape(6, 2)[::2],
    "the other order of bytes": np.arange(6, dtype=">f4").reshape(3, 2),
    "strings": np.array(["a", "bc"]),
    "as many as a batch has": np.ones((32, 1)),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_it_is_the_batch_that_the_adapter_gives(name):
    ours = only_batch(ARRAYS[name], None).array
    (theirs,) = ArrayAdapter(ARRAYS[name], batch_size=32).epoch()
    assert ours.dtype == theirs.array.dtype
    assert ours.dtype.isnative
    np.testing.assert_array_equal(ours, theirs.array)


@pytest.mark.parametrize(
    "x",
    [np.ones((33, 1)), np.ones((0, 1)), np.array(1.0), [1.0, 2.0], {"a": np.ones(2)}, [np.ones(2)], iter([]), None],
    ids=["too many", "none", "a number", "a list", "a dict", "several inputs", "an iterator", "nothing"],
)
def test_other_data_has_none(x):
    assert only_batch(x, 32) is None


def test_objects_are_refused():
    with pytest.raises(ValueError, match="Python objects"):
        only_batch(np.array([{}, {}]), 32)


def test_predictions_of_one_batch_are_those_of_many():
    keras.utils.set_random_seed(0)
    a, b = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([a, b], keras.layers.Dense(2)(a + b))
    xs = list(np.random.default_rng(0).random((2, 8, 3)))
    expected = model.predict(xs, batch_size=3, verbose=0)
    for _ in range(4):
        np.testing.assert_allclose(model.predict(xs, verbose=0), expected, rtol=1e-6)
        np.testing.assert_allclose(model.predict_on_batch(xs), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="no samples"):
        model.predict([x[:0] for x in xs], verbose=0)
