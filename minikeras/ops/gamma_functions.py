"""The gamma function, its logarithm, the derivatives of that, and its incomplete forms.

All are computed in float64 by series and continued fractions that run on whole arrays, and returned in the dtype of the
argument. (M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", chapters 6, 23 and 26.)
"""

import numpy as np

from minikeras.autodiff.dtypes import as_float, promote
from minikeras.autodiff.elementwise import Binary, Elementwise
from minikeras.ops.exponential import exp, log, log1p
from minikeras.ops.reduction import sum as sum_over

# Lanczos's approximation of ln Γ with g = 7 and nine terms, exact to 1e-15.
_LANCZOS = (
    *(0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059),
    *(12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7),
)
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B₂, B₄, …
_TERMS = 300  # of the series and continued fractions; each stops changing the result long before


def log_gamma(x):
    """ln |Γ(x)| of float64 values; ∞ at 0, −1, −2, …"""
    with np.errstate(all="ignore"):
        mirrored = x < 0.5
        z = np.where(mirrored, 1.0 - x, x) - 1.0
        total = np.full_like(z, _LANCZOS[0])
        for i, coefficient in enumerate(_LANCZOS[1:], start=1):
            total += coefficient / (z + i)
        t = z + 7.5
        y = 0.5 * np.log(2 * np.pi) + (z + 0.5) * np.log(t) - t + np.log(total)
        y = np.where(mirrored, np.log(np.pi / np.abs(np.sin(np.pi * x))) - y, y)
        return np.where(np.isinf(x) | ((x <= 0) & (x == np.floor(x))), np.inf, y)


def log_gamma_derivative(x):
    """ψ(x) = d ln Γ / dx of float64 values; NaN at 0, −1, −2, …"""
    with np.errstate(all="ignore"):
        mirrored = x < 0.5
        z = np.where(mirrored, 1.0 - x, x)
        y = np.zeros_like(z)
        for _ in range(8):  # ψ(z) = ψ(z + 1) − 1/z, up to where the asymptotic series is exact
            y -= np.where(z < 8, 1.0 / z, 0.0)
            z = np.where(z < 8, z + 1.0, z)
        y += np.log(z) - 0.5 / z
        for n, bernoulli in enumerate(_BERNOULLI, start=1):
            y -= bernoulli / (2 * n) / z ** (2 * n)
        y = np.where(mirrored, y - np.pi / np.tan(np.pi * x), y)
        return np.where((x <= 0) & (x == np.floor(x)), np.nan, y)


def hurwitz_zeta(x, q):
    """ζ(x, q) = Σ_{n ≥ 0} (q + n)⁻ˣ of float64 values, by Euler and Maclaurin's formula; NaN for x < 1 and q < 0."""
    with np.errstate(all="ignore"):
        first = 12  # terms that are summed one by one
        y = sum((q + n) ** -x for n in range(first))
        z = q + first
        y = y + z ** (1.0 - x) / (x - 1.0) + 0.5 * z**-x
        factor, power = x, z ** (-x - 1.0)
        factorial = 2.0
        for n, bernoulli in enumerate(_BERNOULLI, start=1):
            y = y + bernoulli * factor * power / factorial
            factor = factor * (x + 2 * n - 1) * (x + 2 * n)
            power = power / z**2
            factorial *= (2 * n + 1) * (2 * n + 2)
        y = np.where(x == 1, np.inf, np.where(x < 1, np.nan, y))
        return np.where(q > 0, y, np.where(q == np.floor(q), np.inf, np.where(x == np.floor(x), y, np.nan)))


def incomplete_gamma(a, x):
    """P(a, x) = ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a) and Q = 1 − P, of float64 values: NaN for a ≤ 0 or x < 0."""
    with np.errstate(all="ignore"):
        scale = np.exp(a * np.log(x) - x - log_gamma(a))
        term = series = 1.0 / a
        for n in range(1, _TERMS):
            term = term * x / (a + n)
            series = series + term
        small = scale * series
        large = scale * _continued_fraction(x, a)
        by_series = x < a + 1
        p, q = np.where(by_series, small, 1.0 - large), np.where(by_series, 1.0 - small, large)
        p, q = (
            np.where(x == 0, 0.0, np.where(np.isinf(x), 1.0, p)),
            np.where(x == 0, 1.0, np.where(np.isinf(x), 0.0, q)),
        )
        wrong = (a <= 0) | (x < 0)
        return np.where(wrong, np.nan, p), np.where(wrong, np.nan, q)


def _continued_fraction(x, a):
    """Q(a, x) / (xᵃ e⁻ˣ / Γ(a)) for x ≥ a + 1, by Lentz's method."""
    b = x + 1.0 - a
    c, d = np.full_like(b, 1e300), 1.0 / b
    h = d
    for n in range(1, _TERMS):
        numerator = -n * (n - a)
        b = b + 2.0
        d = 1.0 / (numerator * d + b)
        c = b + numerator / c
        h = h * d * c
    return h


def gamma_sample_derivative(a, x):
    """dx/da of the x with P(a, x) = u for a fixed u: −(∂P/∂a) / (∂P/∂x), of float64 values.

    By the series of P and the continued fraction of Q, each differentiated with respect to `a` term by term.
    (M. Figurnov, S. Mohamed, A. Mnih, "Implicit Reparameterization Gradients", 2018.)
    """
    a, x = np.broadcast_arrays(a, x)
    with np.errstate(all="ignore"):
        by_series = x < a + 1
        rate = np.log(x) - log_gamma_derivative(a)
        term, d_term = 1.0 / a, -1.0 / a**2
        total, d_total = term, d_term
        for n in range(1, _TERMS):
            d_term = (d_term * x - term * x / (a + n)) / (a + n)
            term = term * x / (a + n)
            total, d_total = total + term, d_total + d_term
        h, d_h = _continued_fraction_and_derivative(np.where(by_series, a + 2, x), a)
        y = np.where(by_series, -x * (rate * total + d_total), x * (rate * h + d_h))
        return np.where((a <= 0) | (x < 0), np.nan, np.where(x == 0, 0.0, y))


def _continued_fraction_and_derivative(x, a):
    """That of `_continued_fraction`, and its derivative with respect to `a`."""
    b = x + 1.0 - a
    c, d, d_c = np.full_like(b, 1e300), 1.0 / b, np.zeros_like(b)
    d_d = d**2
    h, d_h = d, d_d
    for n in range(1, _TERMS):
        numerator = -n * (n - a)
        b = b + 2.0
        before = d
        d = 1.0 / (numerator * d + b)
        d_d = -(d**2) * (n * before + numerator * d_d - 1.0)
        d_c = -1.0 + n / c - numerator * d_c / c**2
        c = b + numerator / c
        d_h = d_h * d * c + h * (d_d * c + d * d_c)
        h = h * d * c
    return h, d_h


def incomplete_beta(a, b, x):
    """I(a, b, x) = ∫₀ˣ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt / B(a, b) of float64 values."""
    with np.errstate(all="ignore"):
        log_beta = log_gamma(a) + log_gamma(b) - log_gamma(a + b)
        scale = np.exp(a * np.log(x) + b * np.log1p(-x) - log_beta)
        mirrored = x > (a + 1) / (a + b + 2)  # the fraction converges fast on this side of the mean
        a_, b_, x_ = np.where(mirrored, b, a), np.where(mirrored, a, b), np.where(mirrored, 1 - x, x)
        y = scale * _beta_fraction(a_, b_, x_) / a_
        y = np.where(mirrored, 1.0 - y, y)
        y = np.where(x == 0, 0.0, np.where(x == 1, 1.0, y))
        return np.where((a <= 0) | (b <= 0) | (x < 0) | (x > 1), np.nan, y)


def _beta_fraction(a, b, x):
    c, d = np.ones_like(x), 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    h = d
    for n in range(1, _TERMS):
        even = n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n))
        d, c = 1.0 / (1.0 + even * d), 1.0 + even / c
        h = h * d * c
        odd = -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1))
        d, c = 1.0 / (1.0 + odd * d), 1.0 + odd / c
        h = h * d * c
    return h


# --- ops --------------------------------------------------------------------------------------------------------------


def _in_double(function, *arrays):
    """`function` of the arrays as float64, in their own dtype."""
    return np.asarray(function(*[np.asarray(x, np.float64) for x in arrays]), arrays[0].dtype)


class Lgamma(Elementwise):
    """y = ln |Γ(x)|;   dx = dy · ψ(x)."""

    keeps = ("inputs",)

    def forward(self, x):
        return _in_double(log_gamma, as_float(x))

    def backward(self, call, dy):
        return (dy * Digamma().of(call.inputs[0]),)


class Digamma(Elementwise):
    """y = ψ(x);   dx = dy · ψ′(x) = dy · ζ(2, x)."""

    keeps = ("inputs",)

    def forward(self, x):
        return _in_double(log_gamma_derivative, as_float(x))

    def backward(self, call, dy):
        x = call.inputs[0]
        return (dy * Polygamma().of(np.ones((), x.dtype), x),)


class Zeta(Binary):
    """y = ζ(x, q);   dq = −dy · x · ζ(x + 1, q). No gradient of x, as in TensorFlow."""

    def forward(self, x, q):
        return _in_double(hurwitz_zeta, *promote(as_float(x), as_float(q)))

    def gradients(self, call, dy):
        x, q = call.inputs
        return None, -dy * x * Zeta().of(x + 1.0, q) if call.needs_gradient[1] else None


class Polygamma(Binary):
    """y = ψ⁽ᵃ⁾(x) = (−1)ᵃ⁺¹ a! ζ(a + 1, x), and ψ for a = 0;   dx = dy · ψ⁽ᵃ⁺¹⁾(x)."""

    def forward(self, a, x):
        return _in_double(self._value, *promote(as_float(a), as_float(x)))

    @staticmethod
    def _value(a, x):
        with np.errstate(all="ignore"):
            y = np.where(a % 2 == 0, -1.0, 1.0) * np.exp(log_gamma(a + 1.0)) * hurwitz_zeta(a + 1.0, x)
            mirrored = np.pi**2 / np.sin(np.pi * x) ** 2 - hurwitz_zeta(2.0 + 0 * a, 1.0 - x)
            y = np.where((a == 1) & (x < 0), mirrored, y)  # ψ′(x) + ψ′(1 − x) = π² / sin² πx
            y = np.where(a == 0, log_gamma_derivative(x), y)
            return np.where((a < 0) | (a != np.floor(a)), np.nan, y)

    def gradients(self, call, dy):
        a, x = call.inputs
        return None, dy * Polygamma().of(a + 1.0, x) if call.needs_gradient[1] else None


class GammaSampleDerivative(Binary):
    """y = dx/da, how a gamma value x of concentration a moves with a. No gradients, as in TensorFlow."""

    differentiable = False

    def forward(self, a, x):
        return _in_double(gamma_sample_derivative, *promote(as_float(a), as_float(x)))


class GammaSample(Binary):
    """y = x, a gamma value that was drawn for the concentration a;   da = dy · dx/da."""

    def forward(self, a, x):
        return x

    def gradients(self, call, dy):
        a, x = call.inputs
        return dy * GammaSampleDerivative().of(a, x) if call.needs_gradient[0] else None, None


class Igamma(Binary):
    """y = P(a, x);   dx = dy · p, da = −dy · p · dx/da, with the density p = xᵃ⁻¹ e⁻ˣ / Γ(a).

    Args:
        upper: y = Q(a, x) = 1 − P(a, x) instead.
    """

    def __init__(self, upper=False):
        self.upper = upper

    def forward(self, a, x):
        which = 1 if self.upper else 0
        return _in_double(lambda a, x: incomplete_gamma(a, x)[which], *promote(as_float(a), as_float(x)))

    def gradients(self, call, dy):
        a, x = call.inputs
        density = exp((a - 1.0) * log(x) - x - Lgamma()(a))
        density = density if hasattr(dy, "array") else density.array
        dx = -dy * density if self.upper else dy * density
        return -dx * GammaSampleDerivative().of(a, x) if call.needs_gradient[0] else None, dx


class Betainc(Elementwise):
    """y = I(a, b, x);   dx = dy · xᵃ⁻¹ (1 − x)ᵇ⁻¹ / B(a, b). No gradient of a and b, as in TensorFlow."""

    keeps = ("inputs",)

    def forward(self, a, b, x):
        return _in_double(incomplete_beta, a, b, x)

    def backward(self, call, dy):
        a, b, x = call.inputs
        log_beta = Lgamma()(a) + Lgamma()(b) - Lgamma()(a + b)
        density = exp((a - 1.0) * log(x) + (b - 1.0) * log1p(-x) - log_beta)
        return None, None, dy * (density if hasattr(dy, "array") else density.array)


def log_beta(x):
    """ln |B(x)| along the last axis: Σ ln |Γ(x)| − ln |Γ(Σ x)|."""
    if x.shape[-1] == 0:
        return sum_over(x, axis=-1) - np.asarray(np.inf, x.dtype)
    return sum_over(Lgamma()(x), axis=-1) - Lgamma()(sum_over(x, axis=-1))
