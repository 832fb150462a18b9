"""Functions of two tensors, elementwise: products that are 0 where the first factor is, and others; polynomials."""

from minikeras.ops.arithmetic import divide, floor_divide, fmod, multiply, subtract
from minikeras.ops.comparison import equal
from minikeras.ops.complex_numbers import conj
from minikeras.ops.conversion import data_tensor
from minikeras.ops.core import cast
from minikeras.ops.creation import ones_like, zeros_like
from minikeras.ops.exponential import log, log1p
from minikeras.ops.indexing import where
from minikeras.ops.powers import reciprocal, square
from minikeras.ops.rounding import trunc


def xlogy(x, y):
    """x · ln y, and 0 where x is 0."""
    return _zero_where_x_is(x, y, log)


def xlog1py(x, y):
    """x · ln(1 + y), and 0 where x is 0."""
    return _zero_where_x_is(x, y, log1p)


def xdivy(x, y):
    """x / y, and 0 where x is 0."""
    return _zero_where_x_is(x, y, reciprocal)


def _zero_where_x_is(x, y, function):
    is_zero = equal(x, 0)
    harmless = where(is_zero, ones_like(y), y)  # to keep NaN out of the gradient
    return where(is_zero, zeros_like(x), multiply(x, function(harmless)))


def squared_difference(x, y):
    """|x − y|²."""
    difference = subtract(x, y)
    return difference * conj(difference) if "complex" in x.dtype else square(difference)


def truncated_quotient(x, y):
    """x / y rounded towards 0, in the dtype of x."""
    return floor_divide(subtract(x, fmod(x, y)), y) if "int" in x.dtype else trunc(divide(x, y))


def polynomial(coefficients, x):
    """coefficients[0] · xⁿ + … + coefficients[n], by Horner's rule."""
    if not coefficients:
        return zeros_like(x)
    y = coefficients[0]
    for coefficient in coefficients[1:]:
        y = coefficient + y * x
    return y


def complex_number(real, imag):
    """real + i · imag: complex64 of float32, complex128 of float64."""
    dtype = "complex128" if real.dtype == "float64" else "complex64"
    return cast(real, dtype) + cast(imag, dtype) * data_tensor(1j, dtype)
