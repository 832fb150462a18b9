"""minikeras.utils.to_categorical and normalize on arrays and lists."""

import numpy as np
import pytest

from minikeras import Tensor, ops
from minikeras.utils import normalize, to_categorical


@pytest.mark.parametrize(
    "x, num_classes, expected",
    [
        ([0, 2], None, [[1, 0, 0], [0, 0, 1]]),
        ([[0], [1]], 2, [[1, 0], [0, 1]]),
        ([[0, 1]], None, [[[1, 0], [0, 1]]]),
        (1, 3, [0, 1, 0]),
        ([1.9], 2, [[0, 1]]),
        ([-1], 3, [[0, 0, 1]]),
        ([], 3, np.zeros((0, 3))),
    ],
)
def test_to_categorical(x, num_classes, expected):
    result = to_categorical(x, num_classes)
    np.testing.assert_array_equal(result, expected, strict=False)
    assert result.shape == np.shape(expected)
    assert result.dtype == "float64"


@pytest.mark.parametrize("x", [[3], [0, -4]])
def test_numbers_out_of_range_are_named(x):
    with pytest.raises(IndexError, match=r"num_classes=3.*Received numbers from"):
        to_categorical(x, 3)


def test_no_labels_and_no_num_classes_is_an_error():
    with pytest.raises(ValueError, match="num_classes"):
        to_categorical([])


def test_normalize_gives_vectors_of_length_one_and_keeps_zeros():
    x = np.array([[3.0, 4.0], [0.0, 0.0]], dtype="float32")
    result = normalize(x)
    np.testing.assert_allclose(result, [[0.6, 0.8], [0, 0]], rtol=1e-6)  # float32 rounding
    assert result.dtype == "float32"


@pytest.mark.parametrize(
    "axis, order, expected",
    [
        (0, 1, [[0.75, 1.0], [0.25, 0.0]]),
        (-1, np.inf, [[0.6, 1.0], [1.0, 0.0]]),
        (None, 1, [[0.6, 1.0], [0.2, 0.0]]),  # for a matrix the 1-norm is the largest column sum
    ],
)
def test_normalize_along_another_axis_by_another_norm(axis, order, expected):
    np.testing.assert_array_equal(normalize(np.array([[3.0, 5.0], [1.0, 0.0]]), axis, order), expected)


def test_tensors_give_tensors():
    one_hot = to_categorical(ops.convert_to_tensor([[2], [-1]]), 3)
    assert isinstance(one_hot, Tensor)
    np.testing.assert_array_equal(one_hot.numpy(), np.array([[0, 0, 1], [0, 0, 0]], "float32"), strict=True)
    with pytest.raises(ValueError, match="num_classes"):
        to_categorical(ops.convert_to_tensor([1, 2]))
    lengths_one = normalize([[3.0, 4.0]])
    assert isinstance(lengths_one, Tensor)
    np.testing.assert_allclose(lengths_one.numpy(), [[0.6, 0.8]], rtol=1e-6)  # float32 rounding
