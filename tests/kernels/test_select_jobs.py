"""Comparisons and choices as jobs, against NumPy."""

import numpy as np
import pytest

from minikeras.kernels.select_jobs import CHUNK, greater_jobs, less_jobs, mask_jobs, select_jobs
from minikeras.kernels.tasks import run


@pytest.mark.parametrize("size", [1, 50, CHUNK + 3])
def test_comparisons_and_choices(size):
    rng = np.random.default_rng(0)
    x, a, b = (rng.integers(-3, 4, size).astype("float32") for _ in range(3))
    x[size // 2] = np.nan
    mask, y = np.full(size, 7, np.uint8), np.full(size, 7, np.float32)
    for make_jobs, or_equal, expected in (
        (less_jobs, False, x < 1),
        (less_jobs, True, x <= 1),
        (greater_jobs, False, x > 1),
        (greater_jobs, True, x >= 1),
    ):
        run(make_jobs(x, 1.0, mask, or_equal))
        np.testing.assert_array_equal(mask, expected)
        run(select_jobs(mask, a, b, y))
        np.testing.assert_array_equal(y, np.where(expected, a, b))
        for where in (True, False):
            run(mask_jobs(mask, a, y, where))
            np.testing.assert_array_equal(y, np.where(expected == where, a, 0))
