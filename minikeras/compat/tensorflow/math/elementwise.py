"""Functions of one tensor, element by element."""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import floating, tensor
from minikeras.ops import special
from minikeras.ops.complex_numbers import argument

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


def _of_tensor(name, op, converted=tensor):
    """An op of one tensor under TensorFlow's name, and with its argument `name`, which has no effect."""

    def function(x, name=None):
        return op(converted(x))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = op.__doc__
    return function


abs = _of_tensor("abs", ops.abs)
acos = _of_tensor("acos", ops.arccos)
acosh = _of_tensor("acosh", ops.arccosh)
asin = _of_tensor("asin", ops.arcsin)
asinh = _of_tensor("asinh", ops.arcsinh)
atan = _of_tensor("atan", ops.arctan)
atanh = _of_tensor("atanh", ops.arctanh)
cos = _of_tensor("cos", ops.cos)
cosh = _of_tensor("cosh", ops.cosh)
erf = _of_tensor("erf", ops.erf)
erfc = _of_tensor("erfc", ops.erfc)
erfinv = _of_tensor("erfinv", ops.erfinv, floating)
ndtri = _of_tensor("ndtri", special.ndtri, floating)
erfcinv = _of_tensor("erfcinv", special.erfcinv, floating)
exp = _of_tensor("exp", ops.exp)
expm1 = _of_tensor("expm1", ops.expm1)
is_finite = _of_tensor("is_finite", ops.isfinite)
is_inf = _of_tensor("is_inf", ops.isinf)
is_nan = _of_tensor("is_nan", ops.isnan)
log = _of_tensor("log", ops.log)
log1p = _of_tensor("log1p", ops.log1p)
log_sigmoid = _of_tensor("log_sigmoid", ops.log_sigmoid)
negative = _of_tensor("negative", ops.negative)
reciprocal = _of_tensor("reciprocal", ops.reciprocal)
rsqrt = _of_tensor("rsqrt", ops.rsqrt)
sigmoid = _of_tensor("sigmoid", ops.sigmoid)
sin = _of_tensor("sin", ops.sin)
sinh = _of_tensor("sinh", ops.sinh)
sqrt = _of_tensor("sqrt", ops.sqrt)
square = _of_tensor("square", ops.square)
tan = _of_tensor("tan", ops.tan)
tanh = _of_tensor("tanh", ops.tanh)
conj = _of_tensor("conj", ops.conj)


def rint(x, name=None):
    """The nearest integer, ties to even. No gradient."""
    return ops.round(tensor(x))


def ceil(x, name=None):
    """The smallest integer not below x."""
    return _step(ops.ceil, x)


def floor(x, name=None):
    """The largest integer not above x."""
    return _step(ops.floor, x)


def _step(function, x):
    x = tensor(x)
    return x if "int" in x.dtype else function(x)


def reciprocal_no_nan(x, name=None):
    """1 / x, and 0 where x is 0."""
    x = floating(x)
    return ops.divide_no_nan(ops.ones_like(x), x)


def round(x, name=None):
    """The nearest integer, ties to even: `rint`. (Integers unchanged.)"""
    return _step(ops.round, x)


def sign(x, name=None):
    """−1, 0 or 1 by the sign of x; x / |x| for complex numbers."""
    x = tensor(x)
    return ops.divide_no_nan(x, ops.cast(ops.abs(x), x.dtype)) if "complex" in x.dtype else ops.sign(x)


def real(input, name=None):
    """The real part."""
    return ops.real(tensor(input))


def imag(input, name=None):
    """The imaginary part; 0 for real numbers."""
    x = tensor(input)
    return ops.imag(x) if "complex" in x.dtype else ops.zeros_like(x)


def angle(input, name=None):
    """The argument of a complex number, in radians; 0 or π for real numbers."""
    x = tensor(input)
    return argument(x) if "complex" in x.dtype else ops.angle(x)
