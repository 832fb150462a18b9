"""The modified Bessel functions I₀ and I₁, as they are and scaled by exp(−|x|)."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.arithmetic import Sign, Where
from minikeras.autodiff.elementwise import Elementwise
from minikeras.compat.tensorflow.conversion import floating
from minikeras.dtypes import as_float
from minikeras.ops.bessel import I1

__all__ = ["bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e"]


def scaled(x, order):
    """exp(−|x|) · I_n(x) = 1/π · ∫ exp(x cos θ − |x|) cos nθ dθ over [0, π], of float64 numbers, by the trapezoid rule.

    The integrand is a peak of width 1/√|x|; the rule is exact to rounding once several points lie on it.
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


def bessel_i0(x, name=None):
    """I₀(x)."""
    return ops.i0(floating(x))


def bessel_i0e(x, name=None):
    """exp(−|x|) · I₀(x), which does not overflow."""
    return I0e()(floating(x))


def bessel_i1(x, name=None):
    """I₁(x)."""
    return I1()(floating(x))


def bessel_i1e(x, name=None):
    """exp(−|x|) · I₁(x), which does not overflow."""
    return I1e()(floating(x))
