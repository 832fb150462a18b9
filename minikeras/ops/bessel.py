"""The modified Bessel functions of the first kind: I₀, which shapes the Kaiser window, and its derivative I₁."""

import numpy as np

from minikeras.autodiff.arithmetic import Where
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
        return by_trapezoids(np.asarray(x, np.float64)).astype(x.dtype)

    def backward(self, call, dy):
        x, y = call.inputs[0], call.output
        is_zero = x == 0
        ratio = Where().of(is_zero, 0.5, y / Where().of(is_zero, 1.0, x))
        return (dy * (I0().of(x) - ratio),)


def by_trapezoids(x):
    """I₁ of float64 numbers by the trapezoid rule.

    On a periodic smooth function the rule's error falls faster than any power of the number of points. The integrand
    is a peak of width 1/√x, so their number grows with √x.
    """
    largest = float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)))
    count = 40 + int(8 * np.sqrt(min(largest, 1e6)))
    cosines = np.cos(np.pi * np.arange(count + 1) / count)
    weights = np.ones(count + 1)
    weights[[0, -1]] = 0.5
    total = np.zeros_like(x)
    with np.errstate(all="ignore"):
        for cosine, weight in zip(cosines, weights, strict=True):
            total += weight * cosine * np.exp(x * cosine - np.abs(x))  # scaled, so that only the end can overflow
        return np.where(np.isinf(x), x, total / count * np.exp(np.abs(x)))
