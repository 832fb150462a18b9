"""The modified Bessel functions of the second kind K₀ and K₁, and both times exp(x), which does not underflow."""

import numpy as np

from minikeras.ops.wide_functions import WideFunction

POINTS = 400
EXPONENT = 745.0  # exp(−745) is the last float64 above 0


class K0(WideFunction):
    """y = K₀(x) = ∫ exp(−x cosh t) dt over [0, ∞), ∞ at 0 and below;   dx = −dy · K₁(x)."""

    @staticmethod
    def values(x):
        return _scaled(x, 0) * np.exp(-x)

    def derivative(self, x, y):
        return -K1().of(x)


class K1(WideFunction):
    """y = K₁(x) = ∫ exp(−x cosh t) cosh t dt over [0, ∞), likewise;   dx = −dy · (K₀(x) + K₁(x) / x)."""

    @staticmethod
    def values(x):
        return _scaled(x, 1) * np.exp(-x)

    def derivative(self, x, y):
        return -(K0().of(x) + y / x)


class K0e(WideFunction):
    """y = exp(x) K₀(x);   dx = dy · (y − exp(x) K₁(x))."""

    @staticmethod
    def values(x):
        return _scaled(x, 0)

    def derivative(self, x, y):
        return y - K1e().of(x)


class K1e(WideFunction):
    """y = exp(x) K₁(x);   dx = dy · (y · (1 − 1/x) − exp(x) K₀(x))."""

    @staticmethod
    def values(x):
        return _scaled(x, 1)

    def derivative(self, x, y):
        return y - y / x - K0e().of(x)


def _scaled(x, order):
    """∫ exp(−x (cosh t − 1)) cosh(nt) dt by the trapezoid rule, whose error falls exponentially here: the integrand is
    even, smooth, and 0 at the end of the interval. (NIST Digital Library of Mathematical Functions, 10.32.9.)"""
    inside = np.clip(x, 1e-300, 1e300)
    step = np.arccosh(1 + EXPONENT / inside) / POINTS
    step = np.where(inside > 1e6, np.sqrt(2 * EXPONENT / inside) / POINTS, step)  # where 1 + a small number rounds
    total = np.full_like(inside, 0.5)
    for i in range(1, POINTS):
        half_sinh = np.sinh(i * step / 2)  # cosh t − 1 = 2 · sinh²(t/2), which does not cancel
        total += np.exp(-2 * inside * half_sinh * half_sinh) * np.cosh(order * i * step)
    return np.where(x > 0, total * step, np.inf)
