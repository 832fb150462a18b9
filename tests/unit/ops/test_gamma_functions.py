"""The gamma function's relatives against Python's `math`, closed forms and the identities that define them."""

import math

import numpy as np
import pytest

from minikeras import Tensor
from minikeras.ops.bessel import I0e, I1e
from minikeras.ops.cumulative import CumulativeLogSumExp
from minikeras.ops.gamma_functions import Betainc, Digamma, Igamma, Lgamma, Polygamma, Zeta

X = np.array([0.1, 0.5, 1.0, 1.5, 2.0, 3.7, 10.0, 25.5])
EULER = 0.5772156649015329


def value(op, *arrays):
    return op(*[Tensor(np.asarray(a, np.float64)) for a in arrays]).array


def test_log_gamma_is_pythons():
    np.testing.assert_allclose(value(Lgamma(), X), [math.lgamma(x) for x in X], rtol=1e-13, atol=1e-14)
    negative = np.array([-0.5, -1.5, -2.3])
    np.testing.assert_allclose(value(Lgamma(), negative), [math.lgamma(x) for x in negative], rtol=1e-12)
    assert value(Lgamma(), [0.0, -1.0, -2.0]).tolist() == [math.inf] * 3


def test_digamma_by_its_recurrence_and_closed_forms():
    np.testing.assert_allclose(value(Digamma(), X + 1), value(Digamma(), X) + 1 / X, rtol=1e-12)
    np.testing.assert_allclose(value(Digamma(), [1.0, 0.5]), [-EULER, -EULER - 2 * math.log(2)], rtol=1e-13)
    assert np.isnan(value(Digamma(), [0.0, -3.0])).all()


def test_zeta_and_polygamma_by_closed_forms():
    np.testing.assert_allclose(value(Zeta(), [2.0, 4.0], [1.0, 1.0]), [math.pi**2 / 6, math.pi**4 / 90], rtol=1e-13)
    np.testing.assert_allclose(value(Zeta(), 3.0, X), value(Zeta(), 3.0, X + 1) + X**-3.0, rtol=1e-12)
    np.testing.assert_allclose(value(Polygamma(), 1.0, [1.0, 0.5]), [math.pi**2 / 6, math.pi**2 / 2], rtol=1e-12)
    np.testing.assert_allclose(value(Polygamma(), 0.0, X), value(Digamma(), X), rtol=1e-13)


def test_incomplete_gamma_by_closed_forms():
    x = np.array([0.01, 0.5, 1.0, 4.0, 30.0])
    np.testing.assert_allclose(value(Igamma(), 1.0, x), -np.expm1(-x), rtol=1e-12)
    np.testing.assert_allclose(value(Igamma(), 0.5, x), [math.erf(math.sqrt(t)) for t in x], rtol=1e-12)
    np.testing.assert_allclose(value(Igamma(), 2.5, x) + value(Igamma(upper=True), 2.5, x), np.ones(5), rtol=1e-12)


def test_incomplete_beta_by_closed_forms():
    x = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    ones = np.ones(5)
    np.testing.assert_allclose(value(Betainc(), ones, ones, x), x, rtol=1e-12)
    np.testing.assert_allclose(value(Betainc(), 3 * ones, ones, x), x**3, rtol=1e-12)
    np.testing.assert_allclose(value(Betainc(), ones, 4 * ones, x), 1 - (1 - x) ** 4, rtol=1e-12)


@pytest.mark.parametrize("op, order", [(I0e(), 0), (I1e(), 1)])
def test_scaled_bessel_functions_are_their_series(op, order):
    x = np.array([-3.0, -0.5, 0.0, 0.5, 2.0, 8.0])
    series = sum((x / 2) ** (2 * k + order) / (math.factorial(k) * math.factorial(k + order)) for k in range(60))
    np.testing.assert_allclose(value(op, x), series * np.exp(-np.abs(x)), rtol=1e-12, atol=1e-15)
    assert np.isfinite(value(op, [1e4, -1e4])).all()  # where the functions themselves overflow


@pytest.mark.parametrize("axis", [0, 1])
def test_running_log_sum_exp(axis):
    x = np.random.default_rng(0).normal(size=(4, 5)) * 10
    np.testing.assert_allclose(value(CumulativeLogSumExp(axis), x), np.log(np.cumsum(np.exp(x), axis)), rtol=1e-12)
    assert value(CumulativeLogSumExp(0), [1000.0, 1000.0])[1] == 1000.0 + math.log(2)
