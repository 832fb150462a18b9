"""erf, erfc and erfinv against the C library's, in units in the last place."""

import math

import numpy as np
import pytest

from minikeras.kernels.error_function import erf, erf_reference, erfc, erfinv

# Cody's rational functions are right to 6e-19; evaluating them in float64 costs a few units in the last place.
REFERENCE_ULP = 6
SINGLE_ULP = 0.54  # computed in float64 and rounded once: half a unit and the error of the fit
INVERSE_EPSILONS = 4  # relative error of erfinv

REALS = np.concatenate([np.linspace(-7, 7, 2001), np.linspace(-1e-3, 1e-3, 31), [5e-324, -1e-300, 30, -100, 1e300]])


def _elementwise(function, x):
    return np.array([function(value) for value in x.tolist()])


def _ulp(actual, exact):
    """Largest error in units in the last place of the dtype of `actual`."""
    return np.max(
        np.abs(actual.astype(np.float64) - exact) / np.spacing(np.abs(exact).astype(actual.dtype)).astype(float)
    )


@pytest.mark.parametrize("function", [erf, erf_reference])
def test_erf_in_float64(function):
    assert _ulp(function(REALS), _elementwise(math.erf, REALS)) <= REFERENCE_ULP


@pytest.mark.parametrize("function", [erf, erf_reference])
def test_erf_in_float32(function):
    x = REALS[np.abs(REALS) < 1e30].astype("float32")
    assert _ulp(function(x), _elementwise(math.erf, x)) <= SINGLE_ULP


def test_erfc_keeps_its_relative_accuracy_where_erf_is_1():
    x = REALS[np.abs(REALS) < 26]
    assert _ulp(erfc(x), _elementwise(math.erfc, x)) <= 2 * REFERENCE_ULP


def test_erfinv_undoes_erf():
    x = np.concatenate([np.linspace(-0.9999, 0.9999, 1001), 1 - np.logspace(-1, -15.9, 100), np.logspace(-300, -1, 50)])
    y = erfinv(x)
    residual = np.where(
        np.abs(x) < 0.5,
        _elementwise(math.erf, y) - x,
        np.sign(x) * ((1 - np.abs(x)) - _elementwise(math.erfc, np.abs(y))),
    )
    error = residual * math.sqrt(math.pi) / 2 * np.exp(y * y)  # divided by the derivative of erf
    assert np.all(np.abs(error) <= INVERSE_EPSILONS * np.finfo(float).eps * np.abs(y))


SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_special_values(dtype):
    x = SPECIAL.astype(dtype)
    for function in (erf, erf_reference):
        np.testing.assert_array_equal(function(x), np.array([np.nan, 1, -1, 0, 0]))
        assert np.signbit(function(x)[-1])
        assert function(x).dtype == dtype
    np.testing.assert_array_equal(erfc(x), np.array([np.nan, 0, 2, 1, 1]))
    outside = np.array([np.nan, 1, -1, 0, 2, -2], dtype)
    np.testing.assert_array_equal(erfinv(outside), [np.nan, np.inf, -np.inf, 0, np.nan, np.nan])
    assert erfinv(outside).dtype == dtype


@pytest.mark.parametrize("function", [erf, erfc, erfinv])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3, 4)])
def test_shapes_stay(function, shape):
    assert function(np.zeros(shape, "float32")).shape == shape
    assert function(np.zeros(shape[::-1], "float64").T).shape == shape
