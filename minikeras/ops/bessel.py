"""Bessel functions of orders 0 and 1: the modified I (growing; I₀ shapes the Kaiser window) and K (decaying), which are
also scaled by exp(∓x) so that they stay in range, and the oscillating J and Y.
"""

import numpy as np

from minikeras.autodiff.arithmetic import Sign, Where
from minikeras.autodiff.dtypes import as_float
from minikeras.autodiff.elementwise import Elementwise
from minikeras.ops.elementwise import FloatFunction, as_wide_float


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
