"""Softmax of rows by its micro-kernel: rows of all lengths, and with numbers that are none."""

import numpy as np
import pytest

from minikeras.kernels.addresses import address
from minikeras.kernels.softmax import (
    softmax,
    softmax_gradient,
    softmax_gradient_lines,
    softmax_gradient_reference,
    softmax_lines,
    softmax_reference,
)

# Some roundings in float32, and the sum of a few hundred numbers.
RTOL = 2e-6


@pytest.mark.parametrize("classes", [1, 2, 10, 15, 16, 17, 31, 32, 33, 100, 1000])
def test_rows_of_all_lengths(classes):
    rng = np.random.default_rng(classes)
    x = 5 * rng.standard_normal((7, classes), np.float32)
    expected = softmax_reference(x.astype(float))
    p = softmax(x)
    np.testing.assert_allclose(p, expected, rtol=RTOL)
    in_python, statistics = np.empty_like(x), np.empty((7, 2), np.float32)
    softmax_lines(7, classes, *(address(array, 0) for array in (x, in_python, statistics)))
    np.testing.assert_allclose(in_python, p, rtol=RTOL)
    np.testing.assert_array_equal(statistics[:, 0], x.max(axis=1))


@pytest.mark.parametrize("classes", [1, 10, 16, 33, 100, 1000])
def test_gradients_of_rows_of_all_lengths(classes):
    rng = np.random.default_rng(classes)
    p = softmax(rng.standard_normal((7, classes), np.float32))
    dp = rng.standard_normal((7, classes), np.float32)
    expected = softmax_gradient_reference(p.astype(float), dp.astype(float))
    dx = softmax_gradient(p, dp)
    np.testing.assert_allclose(dx, expected, rtol=0, atol=RTOL * np.abs(expected).max(initial=0.1))
    in_python = np.empty_like(dx)
    softmax_gradient_lines(7, classes, *(address(array, 0) for array in (p, dp, in_python)))
    np.testing.assert_allclose(in_python, expected, rtol=0, atol=RTOL * np.abs(expected).max(initial=0.1))


@pytest.mark.parametrize("classes", [3, 40])
def test_rows_with_nan_and_infinity(classes):
    x = np.tile(np.linspace(-3, 3, classes, dtype=np.float32), (6, 1))
    x[0, 1], x[1, 2], x[2, 0], x[3, 1], x[4] = np.nan, -np.float32(np.nan), np.inf, -np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        expected = softmax_reference(x)
    np.testing.assert_allclose(softmax(x), expected, rtol=1e-6)
    assert np.isnan(expected).all(axis=1).tolist() == [True, True, True, False, True, False]
