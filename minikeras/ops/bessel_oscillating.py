"""The Bessel functions J₀, J₁ (first kind) and Y₀, Y₁ (second kind), of float64 inside.

Integrals below 25, and above it Hankel's expansion, whose error falls below rounding there. (NIST Digital Library of
Mathematical Functions, 10.9.2, 10.9.7, 10.17.3 and 10.8.1.)
"""

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.ops.wide_functions import WideFunction, nodes_and_weights

LARGE = 25.0
SMALL = 1.0
EULER = float(np.euler_gamma)


class J0(WideFunction):
    """y = J₀(x) = 1/π · ∫ cos(x sin θ) dθ over [0, π];   dx = −dy · J₁(x)."""

    @staticmethod
    def values(x):
        return np.where(abs(x) < LARGE, _integral_of_j(np.clip(x, -LARGE, LARGE), 0), _hankel(abs(x), 0)[0])

    def derivative(self, x, y):
        return -J1().of(x)


class J1(WideFunction):
    """y = J₁(x) = 1/π · ∫ cos(θ − x sin θ) dθ over [0, π];   dx = dy · (J₀(x) − J₁(x) / x), dy/2 at 0."""

    @staticmethod
    def values(x):
        large = np.sign(x) * _hankel(abs(x), 1)[0]
        return np.where(abs(x) < LARGE, _integral_of_j(np.clip(x, -LARGE, LARGE), 1), large)

    def derivative(self, x, y):
        is_zero = x == 0
        return J0().of(x) - Where().of(is_zero, 0.5, y / Where().of(is_zero, 1.0, x))


class Y0(WideFunction):
    """y = Y₀(x), −∞ at 0 and below;   dx = −dy · Y₁(x)."""

    @staticmethod
    def values(x):
        return _second_kind(x, 0)

    def derivative(self, x, y):
        return -Y1().of(x)


class Y1(WideFunction):
    """y = Y₁(x), NaN at 0, −∞ below it;   dx = dy · (Y₀(x) − Y₁(x) / x)."""

    @staticmethod
    def values(x):
        return _second_kind(x, 1)

    def derivative(self, x, y):
        return Y0().of(x) - y / x


def _integral_of_j(x, order, count=80):
    """The trapezoid rule, whose error falls exponentially for a periodic smooth function."""
    total = 0.0
    for i, angle in enumerate(np.pi * np.arange(count + 1) / count):
        total = total + (0.5 if i in (0, count) else 1.0) * np.cos(order * angle - x * np.sin(angle))
    return total / count


def _hankel(x, order):
    """(J, Y) for large x: √(2 / πx) · (P cos χ − Q sin χ, P sin χ + Q cos χ), χ = x − (order/2 + 1/4)·π."""
    x = np.maximum(x, LARGE)
    term, p, q = np.ones_like(x), np.ones_like(x), np.zeros_like(x)
    for k in range(1, 24):
        term = term * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k * x)
        if k % 2:
            q += term if k % 4 == 1 else -term
        else:
            p += term if k % 4 == 0 else -term
    phase, scale = x - (order / 2 + 0.25) * np.pi, np.sqrt(2 / (np.pi * x))
    return scale * (p * np.cos(phase) - q * np.sin(phase)), scale * (p * np.sin(phase) + q * np.cos(phase))


def _second_kind(x, order):
    inner = np.clip(x, SMALL, LARGE)
    y = np.where(x < LARGE, _integral_of_y(inner, order), _hankel(np.abs(x), order)[1])
    y = np.where(x < SMALL, _series_of_y(np.where(x > 0, np.minimum(x, SMALL), SMALL), order), y)
    at_zero = np.nan if order else -np.inf  # as in TensorFlow
    return np.where(x > 0, y, np.where(x == 0, at_zero, -np.inf))


def _integral_of_y(x, order):
    """1/π · ∫ sin(x sin θ − nθ) dθ − 1/π · ∫ (eⁿᵗ + (−1)ⁿ e⁻ⁿᵗ) · exp(−x sinh t) dt, by Gauss's rule."""
    total, end = 0.0, np.arcsinh(60 / x)
    for node, weight in nodes_and_weights(80):
        angle, t = node * np.pi, node * end
        decaying = (np.exp(order * t) + (-1) ** order * np.exp(-order * t)) * np.exp(-x * np.sinh(t))
        total = total + weight * (np.sin(x * np.sin(angle) - order * angle) - end / np.pi * decaying)
    return total


def _series_of_y(x, order):
    """2/π · ln(x/2) · J − (the powers of x), for small x."""
    half, total = x / 2, np.zeros_like(x)
    harmonic, term = 0.0, half**order
    for k in range(16):
        following = harmonic + 1 / (k + 1)
        psi = 2 * (harmonic - EULER) if order == 0 else harmonic + following - 2 * EULER
        total, harmonic = total + psi * term, following
        term = -term * half * half / ((k + 1) * (k + 1 + order))
    result = 2 / np.pi * np.log(half) * _integral_of_j(x, order) - total / np.pi
    return result - 1 / (np.pi * half) if order else result
