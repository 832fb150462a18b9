"""ln(1 + x) of a float32 number between 0 and 1, and softmax of rows with numbers that are none."""

import numpy as np
import pytest

from minikeras.kernels.logarithm import log1p_single
from minikeras.kernels.softmax import softmax_rows, softmax_rows_reference
from minikeras.kernels.tasks import floats, run, task_kernel

UNITS = 2  # in the last place, that the result may be wrong by


@task_kernel
def log1p_of_all(task, x: floats(1), y: floats(1)):
    """y = ln(1 + x)."""
    for i in range(len(y)):
        y[i] = log1p_single(x[i])


def test_log1p_is_right_to_two_units_in_the_last_place():
    x = np.concatenate([np.linspace(0, 1, 100_001), 2.0 ** -np.arange(125)]).astype(np.float32)
    y = np.empty_like(x)
    run([log1p_of_all.job(1, x, y)])
    exact = np.log1p(x.astype(np.float64))
    assert (np.abs(y - exact) <= UNITS * np.spacing(exact.astype(np.float32))).all()


@pytest.mark.parametrize("classes", [3, 40])
def test_softmax_of_rows_with_nan_and_infinity(classes):
    x = np.tile(np.linspace(-3, 3, classes, dtype=np.float32), (6, 1))
    x[0, 1], x[1, 2], x[2, 0], x[3, 1], x[4] = np.nan, -np.float32(np.nan), np.inf, -np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        expected = softmax_rows_reference(x)
    np.testing.assert_allclose(softmax_rows(x), expected, rtol=1e-6)
    assert np.isnan(expected).all(axis=1).tolist() == [True, True, True, False, True, False]
