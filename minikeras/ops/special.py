"""Special functions: the error function and its relatives."""

import math

from minikeras.autodiff.dtypes import as_float
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.lowering import ByFormula
from minikeras.kernels import error_function
from minikeras.kernels.activation_jobs import erf_gradient_chunks
from minikeras.ops.exponential import Exp

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


SMALL_FRESNEL, LARGE_EXPONENT = 1.6, 40.0
