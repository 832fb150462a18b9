"""Reordered axes: the jobs that transpose stacks of matrices against NumPy."""

import numpy as np
import pytest

from minikeras.kernels.job_lists import run
from minikeras.kernels.transposition import as_stack, transposed, transposition_jobs


@pytest.mark.parametrize("shape", [(5, 64, 16, 16), (3, 3, 130, 170), (5, 20, 37, 23), (2, 40, 9, 10, 11)], ids=str)
def test_channels_to_the_end_and_back(shape):
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    to_last = (0, *range(2, len(shape)), 1)
    y = transposed(x, to_last)
    assert y.flags.c_contiguous
    np.testing.assert_array_equal(y, np.transpose(x, to_last))
    np.testing.assert_array_equal(transposed(y, (0, len(shape) - 1, *range(1, len(shape) - 1))), x)


@pytest.mark.parametrize("rows, columns", [(1, 5), (5, 100), (16, 16), (17, 31), (70, 130)])
def test_every_number_finds_its_place(rows, columns):
    x = np.random.default_rng(0).standard_normal((3, rows, columns), dtype=np.float32)
    y = np.full((3, columns, rows), 7, np.float32)
    run(transposition_jobs(x, y))
    np.testing.assert_array_equal(y, x.transpose(0, 2, 1))


@pytest.mark.parametrize(
    "axes, expected",
    [
        ((0, 2, 3, 1), (2, 3, 20)),
        ((0, 3, 1, 2), (2, 12, 5)),
        ((2, 3, 0, 1), (1, 6, 20)),
        ((0, 1, 3, 2), (6, 4, 5)),
        ((0, 1, 2, 3), None),
        ((0, 2, 1, 3), None),
        ((3, 2, 1, 0), None),
    ],
)
def test_which_orders_of_axes_transpose_matrices(axes, expected):
    assert as_stack((2, 3, 4, 5), axes) == expected
