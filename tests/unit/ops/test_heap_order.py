"""The order of `top_k(sorted=False)`: that of a heap, as TensorFlow has it on a processor."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.ops.heap_order import heap_order

RECORDED = {  # of TensorFlow 2.21
    3: [9, 3, 8],
    5: [7, 12, 8, 3, 9],
    8: [6, 11, 7, 4, 8, 3, 9, 12],
}


@pytest.mark.parametrize("k", RECORDED)
def test_as_tensorflow_recorded(k):
    rng = np.random.RandomState(0)
    rng.permutation(9)
    assert ops.top_k(rng.permutation(17).astype("float32"), k, sorted=False)[1].numpy().tolist() == RECORDED[k]


@pytest.mark.parametrize("length, k", [(2, 1), (9, 8), (100, 7), (9000, 20)])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "int64"])
def test_they_are_the_greatest(length, k, dtype):
    rows = np.random.default_rng(length).integers(0, 200, (2, 3, length)).astype(dtype)
    unsorted, indices = ops.top_k(rows, k, sorted=False)
    np.testing.assert_array_equal(np.take_along_axis(rows, indices.numpy().astype(int), -1), unsorted.numpy())
    np.testing.assert_array_equal(np.sort(unsorted.numpy()), np.sort(ops.top_k(rows, k)[0].numpy()))


def test_of_equal_ones_the_first_stay():
    assert sorted(heap_order(np.zeros((1, 6)), 3)[0].tolist()) == [0, 1, 2]


def test_no_rows_and_all_elements():
    assert ops.top_k(np.zeros((0, 4), "float32"), 2, sorted=False)[1].shape == (0, 2)
    assert ops.top_k([1.0, 3.0, 2.0], 3, sorted=False)[1].numpy().tolist() == [1, 2, 0]
