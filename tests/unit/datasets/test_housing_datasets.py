"""boston_housing and california_housing."""

import numpy as np
import pytest

from minikeras.datasets import boston_housing, california_housing
from tests.unit.datasets.made_files import npz

ROWS = 1000


@pytest.fixture
def housing_files(put):
    x = np.arange(ROWS * 8.0).reshape(ROWS, 8)
    put("boston_housing.npz", npz(x=x, y=x[:, 0]), boston_housing)
    put("california_housing.npz", npz(x=x, y=x[:, 0]), california_housing)


@pytest.mark.parametrize(
    "load_data, arguments, counts",
    [
        (boston_housing.load_data, {}, (800, 200)),
        (boston_housing.load_data, {"test_split": 0}, (1000, 0)),
        (california_housing.load_data, {"test_split": 0.3}, (700, 300)),
        (california_housing.load_data, {"version": "small"}, (480, 120)),
    ],
)
def test_rows_are_shuffled_with_their_prices_and_split(housing_files, load_data, arguments, counts):
    (x_train, y_train), (x_test, y_test) = load_data(**arguments)
    assert (len(x_train), len(x_test)) == counts
    x, y = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
    np.testing.assert_array_equal(x[:, 0], y)
    assert not np.array_equal(np.sort(y), y)
    np.testing.assert_array_equal(np.sort(y), np.arange(sum(counts)) * 8.0)


def test_bad_arguments_are_named(housing_files):
    with pytest.raises(ValueError, match="Did you mean 'small'"):
        california_housing.load_data("smal")
    with pytest.raises(ValueError, match="test_split=-1"):
        boston_housing.load_data(test_split=-1)
