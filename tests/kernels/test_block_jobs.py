"""Borders, cuts, repetition and interpolation as jobs against NumPy."""

import numpy as np
import pytest

from minikeras.kernels import block_jobs
from minikeras.kernels.job_lists import run

ROUNDING = 1e-6  # float32, sums of a few terms
LARGE = (3, 40, 9, 70)  # several tasks


def numbers(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("shape, pads", [((2, 3, 4, 5), (1, 0, 2)), (LARGE, (2, 3, 7)), ((1, 1, 1, 6), (0, 0, 0))])
def test_padding_and_cropping_undo_each_other(shape, pads):
    x = numbers(*shape)
    expected = np.pad(x, [(0, 0), *[(pad, pad + 1) for pad in pads]])
    y = np.full(expected.shape, np.nan, "float32")
    run(block_jobs.pad_jobs(x, y, pads))
    np.testing.assert_array_equal(y, expected)
    back = np.full(shape, np.nan, "float32")
    run(block_jobs.crop_jobs(y, pads, back))
    np.testing.assert_array_equal(back, x)


@pytest.mark.parametrize("rows, repeats, width", [(3, 2, 5), (700, 3, 64), (5, 1, 1)])
def test_repetition_and_its_sum(rows, repeats, width):
    x, dy = numbers(rows, width), numbers(rows, repeats, width)
    y, dx = np.empty((rows, repeats, width), "float32"), np.empty((rows, width), "float32")
    run(block_jobs.repeat_jobs(x, y))
    run(block_jobs.sum_of_repeats_jobs(dy, dx))
    np.testing.assert_array_equal(y, np.repeat(x[:, None], repeats, axis=1))
    np.testing.assert_allclose(dx, dy.sum(axis=1), rtol=ROUNDING, atol=ROUNDING)
