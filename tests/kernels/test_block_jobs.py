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


@pytest.mark.parametrize("blocks, width", [(2, 3), (60, 300)])
def test_weighted_sums_along_an_axis(blocks, width):
    rng = np.random.default_rng(1)
    indices, weights = rng.integers(0, 6, (8, 3)), rng.normal(size=(8, 3)).astype("float32")
    matrix = np.zeros((8, 6))
    np.add.at(matrix, (np.arange(8)[:, None], indices), weights)
    x, dy = numbers(blocks, 6, width), numbers(blocks, 8, width)
    y, dx = np.empty((blocks, 8, width), "float32"), np.empty((blocks, 6, width), "float32")
    run(block_jobs.resample_jobs(x, indices, weights, y))
    run(block_jobs.resample_gradient_jobs(dy, indices, weights, dx))
    np.testing.assert_allclose(y, matrix @ x, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(dx, matrix.T @ dy, rtol=1e-5, atol=1e-5)
