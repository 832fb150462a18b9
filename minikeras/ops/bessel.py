"""Bessel functions of orders 0 and 1: the modified I (growing; I₀ shapes the Kaiser window) and K (decaying), which are
also scaled by exp(∓x) so that they stay in range, and the oscillating J and Y.
"""

import numpy as np

from minikeras.autodiff.arithmetic import Sign, Where
from minikeras.autodiff.dtypes import as_float
from minikeras.autodiff.elementwise import Elementwise
from minikeras.ops.elementwise import FloatFunction, as_wide_float
from minikeras.ops.wide_functions import WideFunction, nodes_and_weights


class I0(FloatFunction):
    """y = I₀(x) = 1/π · ∫ exp(x cos θ) dθ over [0, π];   dx = dy · I₁(x)."""

    keeps = ("inputs",)

    def forward(self, x):
        x = as_wide_float(x)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.i0(x).astype(x.dtype).reshape(x.shape)

    def backward(self, call, dy):
        return (dy * I1().of(call.inputs[0]),)


def i0(x):
    """The modified Bessel function of the first kind and order 0, elementwise."""
    return I0()(x)


class I1(Elementwise):
    """y = I₁(x) = 1/π · ∫ exp(x cos θ) cos θ dθ over [0, π];   dx = dy · (I₀(x) − I₁(x) / x), dy/2 at 0."""

    def forward(self, x):
        wide = np.asarray(x, np.float64)
        with np.errstate(all="ignore"):
            return np.where(np.isinf(wide), wide, scaled(wide, 1) * np.exp(np.abs(wide))).astype(x.dtype)

    def backward(self, call, dy):
        x, y = call.inputs[0], call.output
        is_zero = x == 0
        ratio = Where().of(is_zero, 0.5, y / Where().of(is_zero, 1.0, x))
        return (dy * (I0().of(x) - ratio),)


def scaled(x, order):
    """exp(−|x|) · I_n(x) = 1/π · ∫ exp(x cos θ − |x|) cos nθ dθ over [0, π], of float64 values, by the trapezoid rule.

    On a periodic smooth function the rule's error falls faster than any power of the number of points. The integrand
    is a peak of width 1/√|x|, so their number grows with √|x|.
    """
    largest = float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)))
    count = 40 + int(8 * np.sqrt(min(largest, 1e6)))
    angles = np.pi * np.arange(count + 1) / count
    total = np.zeros_like(x)
    with np.errstate(all="ignore"):
        for i, angle in enumerate(angles):
            weight = 0.5 if i in (0, count) else 1.0
            total += weight * np.cos(order * angle) * np.exp(x * np.cos(angle) - np.abs(x))
    return np.where(np.isinf(x), 0.0, total / count)


class I0e(Elementwise):
    """y = exp(−|x|) I₀(x);   dx = dy · (exp(−|x|) I₁(x) − sign(x) · y)."""

    def forward(self, x):
        return scaled(np.asarray(as_float(x), np.float64), 0).astype(as_float(x).dtype)

    def backward(self, call, dy):
        x, y = call.inputs[0], call.output
        return (dy * (I1e().of(x) - Sign().of(x) * y),)


class I1e(Elementwise):
    """y = exp(−|x|) I₁(x);   dx = dy · (exp(−|x|) I₀(x) − y · (sign(x) + 1/x)), dy/2 at 0."""

    def forward(self, x):
        return scaled(np.asarray(as_float(x), np.float64), 1).astype(as_float(x).dtype)

    def backward(self, call, dy):
        x, y = call.inputs[0], call.output
        is_zero = x == 0
        quotient = Where().of(is_zero, 0.5, y / Where().of(is_zero, 1.0, x))
        return (dy * (I0e().of(x) - y * Sign().of(x) - quotient),)


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
