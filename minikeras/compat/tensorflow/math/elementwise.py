"""Functions of one tensor, element by element."""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import floating, tensor
from minikeras.ops import special

__all__ = [
    "abs",
    "acos",
    "acosh",
    "angle",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "ceil",
    "conj",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "erfcinv",
    "erfinv",
    "exp",
    "expm1",
    "floor",
    "imag",
    "is_finite",
    "is_inf",
    "is_nan",
    "log",
    "log1p",
    "log_sigmoid",
    "ndtri",
    "negative",
    "real",
    "reciprocal",
    "reciprocal_no_nan",
    "rint",
    "round",
    "rsqrt",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
]


def abs(x, name=None):
    """|x|."""
    return ops.abs(tensor(x))


def acos(x, name=None):
    """The angle in [0, π] with the cosine x."""
    return ops.arccos(tensor(x))


def acosh(x, name=None):
    """The number ≥ 0 with the hyperbolic cosine x."""
    return ops.arccosh(tensor(x))


def asin(x, name=None):
    """The angle in [−π/2, π/2] with the sine x."""
    return ops.arcsin(tensor(x))


def asinh(x, name=None):
    """The number with the hyperbolic sine x."""
    return ops.arcsinh(tensor(x))


def atan(x, name=None):
    """The angle in [−π/2, π/2] with the tangent x."""
    return ops.arctan(tensor(x))


def atanh(x, name=None):
    """The number with the hyperbolic tangent x."""
    return ops.arctanh(tensor(x))


def ceil(x, name=None):
    """The least integer not below x."""
    return _step(ops.ceil, x)


def floor(x, name=None):
    """The greatest integer not above x."""
    return _step(ops.floor, x)


def _step(function, x):
    x = tensor(x)
    return x if "int" in x.dtype else function(x)


def cos(x, name=None):
    """cos x."""
    return ops.cos(tensor(x))


def cosh(x, name=None):
    """cosh x = (eˣ + e⁻ˣ) / 2."""
    return ops.cosh(tensor(x))


def erf(x, name=None):
    """The error function 2/√π · ∫₀ˣ exp(−t²) dt."""
    return ops.erf(tensor(x))


def erfc(x, name=None):
    """1 − erf(x), without the cancellation for large x."""
    return ops.erfc(tensor(x))


def erfinv(x, name=None):
    """The y with erf(y) = x."""
    return ops.erfinv(floating(x))


def ndtri(x, name=None):
    """The quantile of the standard normal distribution: √2 · erfinv(2x − 1)."""
    return special.ndtri(floating(x))


def erfcinv(x, name=None):
    """The y with 1 − erf(y) = x."""
    return special.erfcinv(floating(x))


def exp(x, name=None):
    """eˣ."""
    return ops.exp(tensor(x))


def expm1(x, name=None):
    """eˣ − 1, without the cancellation for small x."""
    return ops.expm1(tensor(x))


def is_finite(x, name=None):
    """Whether x is neither infinite nor NaN."""
    return ops.isfinite(tensor(x))


def is_inf(x, name=None):
    """Whether x is ∞ or −∞."""
    return ops.isinf(tensor(x))


def is_nan(x, name=None):
    """Whether x is NaN."""
    return ops.isnan(tensor(x))


def log(x, name=None):
    """The natural logarithm."""
    return ops.log(tensor(x))


def log1p(x, name=None):
    """ln(1 + x), without the cancellation for small x."""
    return ops.log1p(tensor(x))


def log_sigmoid(x, name=None):
    """ln(1 / (1 + e⁻ˣ)) = −softplus(−x)."""
    return ops.log_sigmoid(tensor(x))


def negative(x, name=None):
    """−x."""
    return ops.negative(tensor(x))


def reciprocal(x, name=None):
    """1 / x."""
    return ops.reciprocal(tensor(x))


def reciprocal_no_nan(x, name=None):
    """1 / x, and 0 where x is 0."""
    x = floating(x)
    return ops.divide_no_nan(ops.ones_like(x), x)


def rint(x, name=None):
    """The nearest integer, ties to even. No gradient."""
    return ops.round(tensor(x))


def round(x, name=None):
    """The nearest integer, ties to even: `rint`. (Integers unchanged.)"""
    return _step(ops.round, x)


def rsqrt(x, name=None):
    """1 / √x."""
    return ops.rsqrt(tensor(x))


def sigmoid(x, name=None):
    """1 / (1 + e⁻ˣ)."""
    return ops.sigmoid(tensor(x))


def sign(x, name=None):
    """−1, 0 or 1 by the sign of x; x / |x| for complex numbers."""
    x = tensor(x)
    return ops.divide_no_nan(x, ops.cast(ops.abs(x), x.dtype)) if "complex" in x.dtype else ops.sign(x)


def sin(x, name=None):
    """sin x."""
    return ops.sin(tensor(x))


def sinh(x, name=None):
    """sinh x = (eˣ − e⁻ˣ) / 2."""
    return ops.sinh(tensor(x))


def sqrt(x, name=None):
    """√x."""
    return ops.sqrt(tensor(x))


def square(x, name=None):
    """x²."""
    return ops.square(tensor(x))


def tan(x, name=None):
    """tan x."""
    return ops.tan(tensor(x))


def tanh(x, name=None):
    """tanh x."""
    return ops.tanh(tensor(x))


def real(input, name=None):
    """The real part."""
    return ops.real(tensor(input))


def imag(input, name=None):
    """The imaginary part; 0 for real numbers."""
    x = tensor(input)
    return ops.imag(x) if "complex" in x.dtype else ops.zeros_like(x)


def conj(x, name=None):
    """The complex conjugate of x."""
    return ops.conj(tensor(x))


def angle(input, name=None):
    """The argument of a complex number, in radians; 0 or π for real numbers."""
    return ops.angle(tensor(input))
