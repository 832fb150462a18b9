"""Exponentials and logarithms, elementwise, and log Σ exp."""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Absolute, Log, Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.lowering import ByFormula
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Sum, reduced_shape
from minikeras.kernels.activation_jobs import exp_chunks, exp_gradient_chunks
from minikeras.kernels.tasks import should_use_jobs
from minikeras.ops.core import as_float_tensor, convert_to_tensor
from minikeras.ops.elementwise import FloatFunction
from minikeras.ops.extrema import maximum

LN_2 = math.log(2.0)
LN_10 = math.log(10.0)


class Exp(FloatFunction):
    """y = eˣ;   dx = dy · y."""

    keeps = ("output",)
    lowering = ByFormula(exp_chunks, exp_gradient_chunks)
    ufunc = np.exp

    def forward(self, x):
        return exp_chunks(x) if type(x) is np.ndarray and should_use_jobs(x) else super().forward(x)

    def backward(self, call, dy):
        return (dy * call.output,)


def exp(x):
    """eˣ, elementwise."""
    return Exp()(x)


class Exp2(FloatFunction):
    """y = 2ˣ;   dx = dy · y · ln 2."""

    keeps = ("output",)
    ufunc = np.exp2

    def backward(self, call, dy):
        return (dy * call.output * LN_2,)


def exp2(x):
    """2ˣ, elementwise."""
    return Exp2()(x)


class Expm1(FloatFunction):
    """y = eˣ − 1, without the cancellation near 0;   dx = dy · (y + 1)."""

    keeps = ("output",)
    ufunc = np.expm1

    def backward(self, call, dy):
        return (dy * (call.output + 1.0),)


def expm1(x):
    """eˣ − 1, elementwise, without the cancellation near 0."""
    return Expm1()(x)


def log(x):
    """ln x, elementwise; −∞ at 0, NaN below."""
    return Log()(x)


class Log1p(FloatFunction):
    """y = ln(1 + x), without the cancellation near 0;   dx = dy / (1 + x)."""

    keeps = ("inputs",)
    ufunc = np.log1p

    def backward(self, call, dy):
        return (dy / (1.0 + call.inputs[0]),)


def log1p(x):
    """ln(1 + x), elementwise, without the cancellation near 0."""
    return Log1p()(x)


class Log2(FloatFunction):
    """y = log₂ x;   dx = dy / (x · ln 2)."""

    keeps = ("inputs",)
    ufunc = np.log2

    def backward(self, call, dy):
        return (dy / (call.inputs[0] * LN_2),)


def log2(x):
    """The logarithm to base 2, elementwise."""
    return Log2()(x)


class Log10(FloatFunction):
    """y = log₁₀ x;   dx = dy / (x · ln 10)."""

    keeps = ("inputs",)
    ufunc = np.log10

    def backward(self, call, dy):
        return (dy / (call.inputs[0] * LN_10),)


def log10(x):
    """The logarithm to base 10, elementwise."""
    return Log10()(x)


@composed(inputs=2)
def logaddexp(x1, x2):
    """ln(exp(x1) + exp(x2)), elementwise, without overflow on the way."""
    return _add_in_logarithms(x1, x2, Exp(), Log1p())


@composed(inputs=2)
def logaddexp2(x1, x2):
    """log₂(2^x1 + 2^x2), elementwise, without overflow on the way."""
    return _add_in_logarithms(x1, x2, Exp2(), _log2_of_1p)


def _add_in_logarithms(x1, x2, exponential, log_of_1p):
    """max(x1, x2) + log(1 + exp(−|x1 − x2|)) in some base."""
    x1, x2 = convert_to_tensor(x1), convert_to_tensor(x2)
    dtype = result_type(x1.dtype, x2.dtype, float)
    x1, x2 = convert_to_tensor(x1, dtype), convert_to_tensor(x2, dtype)
    difference = x1 - x2
    y = maximum(x1, x2) + log_of_1p(exponential(-Absolute()(difference)))
    return Where()(difference == difference, y, x1 + x2)  # ∞ − ∞ is NaN, but ∞ + ∞ is right


def _log2_of_1p(x):
    return Log1p()(x) / LN_2


class FiniteMaximum(Op):
    """max x over `axis`, keeping it, with 0 in place of ±∞. No gradient: log Σ exp does not depend on it."""

    differentiable = False

    def __init__(self, axis):
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def forward(self, x):
        top = np.max(x, axis=self.axis, keepdims=True, initial=-np.inf)
        return np.where(np.isfinite(top), top, np.zeros_like(top))

    def output_shape(self, shape):
        return reduced_shape(shape, self.axis, True)


@composed(name="Logsumexp")
def logsumexp(x, axis=None, keepdims=False):
    """ln Σ exp(x) over `axis`, without overflow on the way."""
    x = as_float_tensor(x)
    top = FiniteMaximum(axis)(x)
    total = Log()(Sum(axis, keepdims)(Exp()(x - top)))
    return total + (top if keepdims else Sum(axis)(top))
