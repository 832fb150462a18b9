"""Weighted sums along an axis, and their gradient, against products with the matrix of weights."""

import numpy as np
import pytest

from minikeras.kernels import resampling

ROUNDING = {"rtol": 1e-5, "atol": 1e-5}  # of float32 sums of three


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("before, width", [(2, 3), (3, 1), (60, 300)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])  # the jobs, the reference
def test_weighted_sums_along_an_axis(before, width, count, dtype):
    rng = np.random.default_rng(1)
    indices, weights = rng.integers(0, 6, (8, count)), rng.normal(size=(8, count)).astype("float32")
    matrix = np.zeros((8, 6))
    np.add.at(matrix, (np.arange(8)[:, None], indices), weights)
    x, dy = rng.normal(size=(before, 6, width)).astype(dtype), rng.normal(size=(before, 8, width)).astype(dtype)
    for _ in range(3):  # jobs are prepared at the second call
        y = resampling.resample(x, 1, indices, weights)
        dx = resampling.resample_gradient(dy, 1, indices, weights, 6)
    assert y.dtype == dx.dtype == dtype
    np.testing.assert_allclose(y, matrix @ x, **ROUNDING)
    np.testing.assert_allclose(dx, matrix.T @ dy, **ROUNDING)
    np.testing.assert_allclose(resampling.resample_reference(x, 1, indices, weights), y, **ROUNDING)


def test_many_weights_are_a_product():
    rng = np.random.default_rng(2)
    x, matrix = rng.normal(size=(2, 3, 9, 4)), rng.normal(size=(5, 9)).astype("float32")
    y = resampling.resample(x, 2, np.broadcast_to(np.arange(9), (5, 9)), matrix)
    np.testing.assert_allclose(y, np.einsum("ml,bclw->bcmw", matrix, x), **ROUNDING)


def test_other_dtypes_and_strides_of_what_is_read():
    rng = np.random.default_rng(3)
    x, weights = rng.normal(size=(3, 6, 9)).astype("float32"), rng.normal(size=(8, 2))
    indices = rng.integers(0, 6, (2, 8)).astype("int32").T  # not contiguous
    matrix = resampling.matrix_of(indices, weights, 6)
    for kind in ("float64", "float32"):
        y = resampling.resample(x, 1, indices, weights.astype(kind))
        dx = resampling.resample_gradient(y, 1, indices, weights.astype(kind), 6)
        assert y.dtype == dx.dtype == "float32"
        np.testing.assert_allclose(y, matrix @ x, **ROUNDING)
        np.testing.assert_allclose(dx, matrix.T @ y, rtol=1e-5, atol=1e-4)
