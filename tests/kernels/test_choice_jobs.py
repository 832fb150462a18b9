"""Comparisons and choices as jobs, against NumPy."""

import numpy as np
import pytest

from minikeras.kernels.choice_jobs import PIECE, above_jobs, below_jobs, choose_jobs, keep_jobs
from minikeras.kernels.tasks import run


@pytest.mark.parametrize("size", [1, 50, PIECE + 3])
def test_comparisons_and_choices(size):
    rng = np.random.default_rng(0)
    x, a, b = (rng.integers(-3, 4, size).astype("float32") for _ in range(3))
    x[size // 2] = np.nan
    truths, y = np.full(size, 7, np.uint8), np.full(size, 7, np.float32)
    for make_jobs, or_equal, expected in (
        (below_jobs, False, x < 1),
        (below_jobs, True, x <= 1),
        (above_jobs, False, x > 1),
        (above_jobs, True, x >= 1),
    ):
        run(make_jobs(x, 1.0, truths, or_equal))
        np.testing.assert_array_equal(truths, expected)
        run(choose_jobs(truths, a, b, y))
        np.testing.assert_array_equal(y, np.where(expected, a, b))
        for where in (True, False):
            run(keep_jobs(truths, a, y, where))
            np.testing.assert_array_equal(y, np.where(expected == where, a, 0))
