"""Comparisons and choices as jobs, against NumPy."""

import numpy as np
import pytest

from minikeras.kernels.job_lists import run
from minikeras.kernels.select_jobs import (
    CHUNK,
    equal_jobs,
    greater_jobs,
    less_jobs,
    mask_jobs,
    select_jobs,
    select_rows_jobs,
)


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


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_equal_integers(dtype):
    x = np.random.default_rng(0).integers(-2, 3, CHUNK + 3).astype(dtype)
    mask = np.full(x.size, 7, np.uint8)
    for equal in (True, False):
        run(equal_jobs(x, -1, mask, equal))
        np.testing.assert_array_equal(mask, (x == -1) == equal)


@pytest.mark.parametrize("rows, width", [(1, 3), (300, 70), (2, CHUNK + 5)])
def test_selected_rows(rows, width):
    rng = np.random.default_rng(0)
    x, mask = rng.normal(size=(rows, width)).astype("float32"), (rng.random(rows) < 0.5).astype(np.uint8)
    for where in (True, False):
        y = np.full_like(x, 7)
        run(select_rows_jobs(mask, x, -2.5, y, where))
        np.testing.assert_array_equal(y, np.where((mask == where)[:, None], x, np.float32(-2.5)))
