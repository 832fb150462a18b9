"""Trigonometric and hyperbolic functions and their inverses, elementwise, angles in radians."""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float, promote
from minikeras.autodiff.elementwise import Binary
from minikeras.autodiff.lowering import ByFormula
from minikeras.kernels.activation_jobs import tanh_chunks, tanh_gradient_chunks
from minikeras.kernels.tasks import should_use_jobs
from minikeras.ops.core import as_float_tensor, convert_to_tensor
from minikeras.ops.elementwise import FloatFunction, as_tensors
from minikeras.ops.powers import Rsqrt


class Sin(FloatFunction):
    """y = sin x;   dx = dy · cos x."""

    keeps = ("inputs",)
    ufunc = np.sin

    def backward(self, call, dy):
        return (dy * Cos().of(call.inputs[0]),)


def sin(x):
    """sin x, elementwise."""
    return Sin()(x)


class Cos(FloatFunction):
    """y = cos x;   dx = −dy · sin x."""

    keeps = ("inputs",)
    ufunc = np.cos

    def backward(self, call, dy):
        return (-dy * Sin().of(call.inputs[0]),)


def cos(x):
    """cos x, elementwise."""
    return Cos()(x)


class Tan(FloatFunction):
    """y = tan x;   dx = dy · (1 + y²)."""

    keeps = ("output",)
    ufunc = np.tan

    def backward(self, call, dy):
        y = call.output
        return (dy * (1.0 + y * y),)


def tan(x):
    """tan x, elementwise."""
    return Tan()(x)


class Arcsin(FloatFunction):
    """y = arcsin x;   dx = dy / √(1 − x²)."""

    keeps = ("inputs",)
    ufunc = np.arcsin

    def backward(self, call, dy):
        x = call.inputs[0]
        return (dy * Rsqrt().of(1.0 - x * x),)


def arcsin(x):
    """The angle in [−π/2, π/2] whose sine is x, elementwise."""
    return Arcsin()(x)


class Arccos(FloatFunction):
    """y = arccos x;   dx = −dy / √(1 − x²)."""

    keeps = ("inputs",)
    ufunc = np.arccos

    def backward(self, call, dy):
        x = call.inputs[0]
        return (-dy * Rsqrt().of(1.0 - x * x),)


def arccos(x):
    """The angle in [0, π] whose cosine is x, elementwise."""
    return Arccos()(x)


class Arctan(FloatFunction):
    """y = arctan x;   dx = dy / (1 + x²)."""

    keeps = ("inputs",)
    ufunc = np.arctan

    def backward(self, call, dy):
        x = call.inputs[0]
        return (dy / (1.0 + x * x),)


def arctan(x):
    """The angle in (−π/2, π/2) whose tangent is x, elementwise."""
    return Arctan()(x)


class Arctan2(Binary):
    """y = the angle of the point (x2, x1);   dx1 = dy · x2 / (x1² + x2²), dx2 = −dy · x1 / (x1² + x2²)."""

    takes_lists = True

    def forward(self, x1, x2):
        return np.arctan2(*[as_float(x) for x in promote(x1, x2)])

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        ratio = dy / (x1 * x1 + x2 * x2)
        return ratio * x2 if call.needs_gradient[0] else None, -ratio * x1 if call.needs_gradient[1] else None


def arctan2(x1, x2):
    """The angle in [−π, π] of the point with abscissa x2 and ordinate x1, elementwise."""
    return Arctan2()(*as_tensors(x1, x2))


class Sinh(FloatFunction):
    """y = sinh x;   dx = dy · cosh x."""

    keeps = ("inputs",)
    ufunc = np.sinh

    def backward(self, call, dy):
        return (dy * Cosh().of(call.inputs[0]),)


def sinh(x):
    """sinh x = (eˣ − e⁻ˣ) / 2, elementwise."""
    return Sinh()(x)


class Cosh(FloatFunction):
    """y = cosh x;   dx = dy · sinh x."""

    keeps = ("inputs",)
    ufunc = np.cosh

    def backward(self, call, dy):
        return (dy * Sinh().of(call.inputs[0]),)


def cosh(x):
    """cosh x = (eˣ + e⁻ˣ) / 2, elementwise."""
    return Cosh()(x)


class Tanh(FloatFunction):
    """y = tanh x;   dx = dy · (1 − y²)."""

    keeps = ("output",)
    lowering = ByFormula(tanh_chunks, tanh_gradient_chunks)
    ufunc = np.tanh

    def forward(self, x):
        x = as_float(x)
        return tanh_chunks(x) if should_use_jobs(x) else np.tanh(x)

    def backward(self, call, dy):
        y = call.output
        if tanh_gradient_chunks.fits(dy, y):
            return (tanh_gradient_chunks(dy, y),)
        return (dy * (1.0 - y * y),)


def tanh(x):
    """tanh x = sinh x / cosh x, elementwise: between −1 and 1."""
    return Tanh()(x)


class Arcsinh(FloatFunction):
    """y = arsinh x;   dx = dy / √(x² + 1)."""

    keeps = ("inputs",)
    ufunc = np.arcsinh

    def backward(self, call, dy):
        x = call.inputs[0]
        return (dy * Rsqrt().of(x * x + 1.0),)


def arcsinh(x):
    """The number whose hyperbolic sine is x, elementwise."""
    return Arcsinh()(x)


class Arccosh(FloatFunction):
    """y = arcosh x;   dx = dy / sinh y."""

    keeps = ("output",)
    ufunc = np.arccosh

    def backward(self, call, dy):
        return (dy / Sinh().of(call.output),)


def arccosh(x):
    """The number ≥ 0 whose hyperbolic cosine is x, elementwise."""
    return Arccosh()(x)


class Arctanh(FloatFunction):
    """y = artanh x;   dx = dy / (1 − x²)."""

    keeps = ("inputs",)
    ufunc = np.arctanh

    def backward(self, call, dy):
        x = call.inputs[0]
        return (dy / (1.0 - x * x),)


def arctanh(x):
    """The number whose hyperbolic tangent is x, elementwise."""
    return Arctanh()(x)


@composed
def sinc(x):
    """sin(πx) / πx, elementwise, and 1 at 0."""
    x = as_float_tensor(x) * math.pi
    is_zero = x == 0
    safe = Where()(is_zero, 1.0, x)
    return Where()(is_zero, 1.0, Sin()(safe) / safe)


@composed
def deg2rad(x):
    """Degrees to radians: x · π / 180, elementwise."""
    return _wide(x) * (math.pi / 180.0)


@composed
def rad2deg(x):
    """Radians to degrees: x · 180 / π, elementwise."""
    return _wide(x) * (180.0 / math.pi)


def _wide(x):
    x = convert_to_tensor(x)
    return convert_to_tensor(x, "float64") if x.dtype == "int64" else as_float_tensor(x)
