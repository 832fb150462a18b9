"""Constraints as jobs, against those of `keras.constraints`."""

import numpy as np
import pytest

from minikeras import constraints
from minikeras.kernels.constraint_jobs import COLUMNS, non_negative_jobs, norm_jobs
from minikeras.kernels.job_lists import run

# Sums of some dozen squares in another order, and a product for a quotient.
CLOSE = 1e-6
EPSILON = 1e-7


@pytest.mark.parametrize("columns", [1, 7, COLUMNS, 2 * COLUMNS + 3])
@pytest.mark.parametrize(
    "constraint, bounds",
    [
        (constraints.MaxNorm(0.8), (0.0, 0.8, 1.0)),
        (constraints.UnitNorm(), (1.0, 1.0, 1.0)),
        (constraints.MinMaxNorm(4.0, 5.0, rate=0.3), (4.0, 5.0, 0.3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_norms_of_columns(constraint, bounds, columns):
    w = np.random.default_rng(0).standard_normal((20, columns), dtype=np.float32)
    w[:, 0] = 0
    expected = constraint(w.copy()).numpy()
    run(norm_jobs(w, *bounds, EPSILON))
    np.testing.assert_allclose(w, expected, rtol=CLOSE, atol=CLOSE)


def test_no_weight_is_negative():
    w = np.array([1, -2, 0, np.nan, np.inf, -np.inf], np.float32)
    expected = constraints.NonNeg()(w.copy()).numpy()
    run(non_negative_jobs(w))
    np.testing.assert_array_equal(w, expected)
