"""Special functions: the error function and its relatives, and integrals without a closed form (Dawson, Fresnel, …)."""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Log, Where
from minikeras.autodiff.dtypes import as_float
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.lowering import ByFormula
from minikeras.kernels import error_function
from minikeras.kernels.activation_jobs import erf_gradient_chunks
from minikeras.ops.exponential import Exp
from minikeras.ops.trigonometric import Cos, Sin
from minikeras.ops.wide_functions import WideFunction

TWO_BY_ROOT_PI = 2 / math.sqrt(math.pi)


class Erf(Elementwise):
    """y = 2/√π · ∫₀ˣ exp(−t²) dt;   dx = dy · 2/√π · exp(−x²)."""

    keeps = ("inputs",)
    lowering = ByFormula(error_function.erf_chunks, erf_gradient_chunks)

    def forward(self, x):
        return error_function.erf(as_float(x))

    def backward(self, call, dy):
        x = call.inputs[0]
        if erf_gradient_chunks.fits(dy, x):
            return (erf_gradient_chunks(dy, x),)
        return (dy * Exp().of(-x * x) * TWO_BY_ROOT_PI,)


def erf(x):
    """The error function 2/√π · ∫₀ˣ exp(−t²) dt, elementwise."""
    return Erf()(x)


class Erfc(Elementwise):
    """y = 1 − erf(x), without the cancellation for large x;   dx = −dy · 2/√π · exp(−x²)."""

    keeps = ("inputs",)

    def forward(self, x):
        return error_function.erfc(as_float(x))

    def backward(self, call, dy):
        x = call.inputs[0]
        return (dy * Exp().of(-x * x) * -TWO_BY_ROOT_PI,)


def erfc(x):
    """The complementary error function 1 − erf(x), elementwise."""
    return Erfc()(x)


class Erfinv(Elementwise):
    """The y with erf(y) = x;   dx = dy · √π/2 · exp(y²)."""

    keeps = ("output",)

    def forward(self, x):
        return error_function.erfinv(as_float(x))

    def backward(self, call, dy):
        y = call.output
        return (dy * Exp().of(y * y) / TWO_BY_ROOT_PI,)


def erfinv(x):
    """The inverse of the error function, elementwise: ±∞ at ±1, NaN outside [−1, 1]."""
    return Erfinv()(x)


def ndtri(x):
    """The quantile of the standard normal distribution: √2 · erfinv(2x − 1)."""
    return erfinv(2.0 * x - 1.0) * math.sqrt(2.0)


def erfcinv(x):
    """The y with 1 − erf(y) = x."""
    return -ndtri(0.5 * x) * math.sqrt(0.5)


RYBICKI_STEP = 0.2
FRESNEL_STEP = 0.1
SMALL_FRESNEL, LARGE_EXPONENT = 1.6, 40.0


class Dawson(WideFunction):
    """y = exp(−x²) · ∫₀ˣ exp(t²) dt;   dx = dy · (1 − 2xy).

    By sampling: 1/√π · Σ exp(−(x − nh)²) / n over odd n, whose error is exp(−(π / 2h)²). (G. B. Rybicki, "Dawson's
    integral and the sampling theorem", 1989.)
    """

    @staticmethod
    def values(x):
        inside = np.clip(x, -1e6, 1e6)
        nearest = 2 * np.round(inside / (2 * RYBICKI_STEP))  # an even number
        total = np.zeros_like(inside)
        for odd in range(-35, 36, 2):
            n = nearest + odd
            total += np.exp(-((inside - n * RYBICKI_STEP) ** 2)) / n
        return np.where(np.abs(x) < 1e6, total / math.sqrt(math.pi), 0.5 / x)

    def derivative(self, x, y):
        return 1.0 - 2.0 * x * y


class ExponentialIntegral(WideFunction):
    """y = Ei(x) = γ + ln x + Σ xᵏ / (k · k!), −∞ at 0, NaN below it;   dx = dy · exp(x) / x."""

    @staticmethod
    def values(x):
        small, total, term = np.clip(x, 0, LARGE_EXPONENT), np.euler_gamma + np.log(np.maximum(x, 0)), 1.0
        for k in range(1, 160):
            term = term * small / k
            total = total + term / k
        large, asymptotic, term = np.maximum(x, LARGE_EXPONENT), 1.0, 1.0
        for k in range(1, 40):
            term = term * k / large
            asymptotic = asymptotic + term
        y = np.where(x < LARGE_EXPONENT, total, np.exp(large) / large * asymptotic)
        return np.where(x < 0, np.nan, y)

    def derivative(self, x, y):
        return Exp().of(x) / x


class FresnelCos(WideFunction):
    """y = ∫₀ˣ cos(πt²/2) dt;   dx = dy · cos(πx²/2)."""

    @staticmethod
    def values(x):
        return _fresnel(x)[0]

    def derivative(self, x, y):
        return Cos().of(x * x * (math.pi / 2))


class FresnelSin(WideFunction):
    """y = ∫₀ˣ sin(πt²/2) dt;   dx = dy · sin(πx²/2)."""

    @staticmethod
    def values(x):
        return _fresnel(x)[1]

    def derivative(self, x, y):
        return Sin().of(x * x * (math.pi / 2))


def _fresnel(x):
    """(C(x), S(x)): a power series near 0, else by the auxiliary functions

        f = √2/π · ∫ exp(−πx²u²/2) / (1 + u⁴) du,   g = √2/π · ∫ u² exp(−πx²u²/2) / (1 + u⁴) du   over [0, ∞).

    (NIST Digital Library of Mathematical Functions, 7.5 and 7.7.)
    """
    size = np.abs(x)
    near, quarter = np.minimum(size, SMALL_FRESNEL), np.pi / 2 * np.minimum(size, SMALL_FRESNEL) ** 2
    sums, term = [np.zeros_like(x), np.zeros_like(x)], near
    for k in range(40):
        sums[k % 2] += (-1) ** (k // 2) * term / (2 * k + 1)
        term = term * quarter / (k + 1)
    far, f, g = np.clip(size, SMALL_FRESNEL, 1e8), 0.0, 0.0
    for i in range(45):  # the integrals over v = xu, by the trapezoid rule
        v = i * FRESNEL_STEP
        bell = (0.5 if i == 0 else 1.0) * math.exp(-math.pi / 2 * v * v) / (1 + (v / far) ** 4)
        f, g = f + bell, g + (v / far) ** 2 * bell
    f, g = (total * FRESNEL_STEP * math.sqrt(2) / (np.pi * far) for total in (f, g))
    phase = np.pi / 2 * np.fmod(far * far, 4)
    cosine = 0.5 + f * np.sin(phase) - g * np.cos(phase)
    sine = 0.5 - f * np.cos(phase) - g * np.sin(phase)
    return tuple(np.sign(x) * np.where(size < SMALL_FRESNEL, a, b) for a, b in zip(sums, (cosine, sine), strict=True))


class Spence(WideFunction):
    """y = −∫₁ˣ ln t / (t − 1) dt, the dilogarithm of 1 − x, NaN below 0 and at ∞;   dx = dy · ln x / (1 − x), −dy at 1.

    The series of the dilogarithm after x is brought to [1/2, 1] by its reflections. (L. Lewin, "Polylogarithms and
    associated functions", 1981, chapter 1.)
    """

    @staticmethod
    def values(x):
        inverted = x > 1
        inner = np.where(inverted, 1 / np.maximum(x, 1), np.maximum(x, 0))
        reflected = inner < 0.5
        z = np.where(reflected, inner, 1 - inner)
        series = sum(z**k / k**2 for k in range(1, 60))
        logs = np.where(inner > 0, np.log(np.maximum(inner, 1e-320)) * np.log1p(-np.minimum(inner, 0.5)), 0.0)
        y = np.where(reflected, np.pi**2 / 6 - logs - series, series)
        y = np.where(inverted, -0.5 * np.log(np.maximum(x, 1)) ** 2 - y, y)
        return np.where((x < 0) | (x == np.inf), np.nan, y)

    def derivative(self, x, y):
        is_one = x == 1
        return Where().of(is_one, -1.0, Log().of(x) / Where().of(is_one, 1.0, 1.0 - x))
