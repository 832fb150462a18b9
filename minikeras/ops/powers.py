"""Powers and roots, elementwise."""

import numpy as np

from minikeras.autodiff.arithmetic import Power, Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float, promote
from minikeras.autodiff.elementwise import QUIET, Binary, Elementwise
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.lowering import ByFormula
from minikeras.autodiff.shapes import broadcast_shapes
from minikeras.kernels.elementwise_jobs import (
    reciprocal_chunks,
    reciprocal_gradient_chunks,
    rsqrt_chunks,
    rsqrt_gradient_chunks,
    sqrt_chunks,
    sqrt_gradient_chunks,
    square_chunks,
    square_gradient_chunks,
)
from minikeras.ops.arithmetic import MultiplyNoNan
from minikeras.ops.core import as_float_tensor, convert_to_tensor
from minikeras.ops.elementwise import FloatFunction, as_wide_float, in_wide_float


def power(x1, x2):
    """x1 raised to x2, elementwise."""
    return Power()(x1, x2)


class Square(Elementwise):
    """y = x²;   dx = 2 · dy · x."""

    keeps = ("inputs",)
    lowering = ByFormula(square_chunks, square_gradient_chunks)

    def forward(self, x):
        return np.square(x if x.dtype != bool else x.astype("int32"))

    def backward(self, call, dy):
        return (2.0 * dy * call.inputs[0],)


def square(x):
    """x², elementwise."""
    return Square()(x)


class Sqrt(FloatFunction):
    """y = √x;   dx = dy / 2y, and 0 where dy is 0, also at x = 0."""

    keeps = ("output",)
    lowering = ByFormula(sqrt_chunks, sqrt_gradient_chunks)
    ufunc = np.sqrt

    def backward(self, call, dy):
        return (MultiplyNoNan().of(0.5 / call.output, dy),)


def sqrt(x):
    """√x, elementwise; NaN where x < 0."""
    return Sqrt()(x)


class Rsqrt(FloatFunction):
    """y = 1 / √x;   dx = −dy · y³ / 2, and 0 where dy is 0, also at x = 0."""

    keeps = ("output",)
    lowering = ByFormula(rsqrt_chunks, rsqrt_gradient_chunks)

    @QUIET
    def forward(self, x):
        return 1.0 / np.sqrt(as_float(x))

    def backward(self, call, dy):
        y = call.output
        return (MultiplyNoNan().of(-0.5 * y * y * y, dy),)


def rsqrt(x):
    """1 / √x, elementwise."""
    return Rsqrt()(x)


class Reciprocal(FloatFunction):
    """y = 1 / x;   dx = −dy · y², and 0 where dy is 0, also at x = 0."""

    keeps = ("output",)
    lowering = ByFormula(reciprocal_chunks, reciprocal_gradient_chunks)
    ufunc = np.reciprocal

    def backward(self, call, dy):
        return (MultiplyNoNan().of(-(call.output * call.output), dy),)


def reciprocal(x):
    """1 / x, elementwise, always a float."""
    return Reciprocal()(x)


class Cbrt(FloatFunction):
    """y = ∛x;   dx = dy / 3y²."""

    keeps = ("output",)

    def forward(self, x):
        return np.cbrt(as_wide_float(x))

    def backward(self, call, dy):
        return (dy / (3.0 * call.output * call.output),)


def cbrt(x):
    """The real cube root, elementwise."""
    return Cbrt()(x)


class Hypot(Binary):
    """y = √(x1² + x2²);   dx1 = dy · x1 / y, dx2 = dy · x2 / y, both 0 where y = 0."""

    takes_lists = True
    keeps = ("inputs", "output")

    def forward(self, x1, x2):
        return np.hypot(*[as_float(x) for x in promote(x1, x2)])

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        y = call.output
        ratio = Where().of(y == 0, 0.0, dy / Where().of(y == 0, 1.0, y))
        return ratio * x1 if call.needs_gradient[0] else None, ratio * x2 if call.needs_gradient[1] else None


def hypot(x1, x2):
    """√(x1² + x2²), elementwise, without overflow on the way."""
    return Hypot()(*in_wide_float(x1, x2))


@composed(inputs=2)
def ldexp(x1, x2):
    """x1 · 2^x2, elementwise, for integer x2."""
    x2 = convert_to_tensor(x2)
    x1 = as_float_tensor(x1)
    if isinstance(x1, KerasTensor) or isinstance(x2, KerasTensor):
        return KerasTensor(broadcast_shapes(x1.shape, x2.shape), x1.dtype)
    if "int" not in x2.dtype:
        raise TypeError(f"ldexp exponent must be of an integer type. Received: x2.dtype={x2.dtype}")
    return x1 * Power()(2.0, convert_to_tensor(x2, x1.dtype))
