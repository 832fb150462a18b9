"""Arithmetic, elementwise: sums, products, powers and roots, the larger and the smaller of two.

The ops behind Python's operators (`Add`, `Multiply` …) are defined in `autodiff/arithmetic.py`, since gradients need
them. Two inputs are brought to their common dtype first; a Python number takes the dtype of the other array.
"""

import numpy as np

from minikeras.autodiff.arithmetic import (
    Absolute,
    Add,
    Divide,
    FloorDivide,
    Mod,
    Multiply,
    Negative,
    Sign,
    Subtract,
    TrueDivide,
    Where,
)
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float, promote
from minikeras.autodiff.elementwise import QUIET, Binary
from minikeras.ops.core import as_float_tensor
from minikeras.ops.elementwise import Step, as_tensors, in_common_dtype
from minikeras.ops.rounding import Trunc


def add(x1, x2):
    """x1 + x2, elementwise."""
    return Add()(x1, x2)


def subtract(x1, x2):
    """x1 − x2, elementwise."""
    return Subtract()(x1, x2)


def multiply(x1, x2):
    """x1 · x2, elementwise."""
    return Multiply()(x1, x2)


def divide(x1, x2):
    """x1 / x2, elementwise, always a float."""
    return Divide()(x1, x2)


def true_divide(x1, x2):
    """x1 / x2, elementwise, always a float."""
    return TrueDivide()(x1, x2)


@composed(inputs=2)
def divide_no_nan(x1, x2):
    """x1 / x2, and 0 where x2 is 0."""
    x1, x2 = in_common_dtype(x1, x2, float)
    is_zero = x2 == 0
    return Where()(is_zero, 0.0, x1 / Where()(is_zero, 1.0, x2))


class MultiplyNoNan(Binary):
    """y = x1 · x2, and 0 where x2 is 0;   dx1 = dy · x2, 0 where x2 is 0;   dx2 = x1 · dy, 0 where dy is 0."""

    @QUIET
    def forward(self, x1, x2):
        x1, x2 = promote(x1, x2)
        return np.where(x2 == 0, np.zeros((), x1.dtype), x1 * x2)

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        return MultiplyNoNan().of(dy, x2), MultiplyNoNan().of(x1, dy)


def floor_divide(x1, x2):
    """⌊x1 / x2⌋, elementwise."""
    return FloorDivide()(x1, x2)


def mod(x1, x2):
    """x1 − x2 · ⌊x1 / x2⌋, elementwise: the remainder, with the sign of x2."""
    return Mod()(*as_tensors(x1, x2))


class Fmod(Binary):
    """y = x1 − x2 · trunc(x1 / x2), with the sign of x1;   dx1 = dy, dx2 = −dy · trunc(x1 / x2)."""

    @QUIET
    def forward(self, x1, x2):
        x1, x2 = promote(x1, x2)
        return np.fmod(x1, x2) if x1.dtype != bool else np.fmod(x1.astype("int32"), x2.astype("int32"))

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        return dy, -dy * Trunc().of(x1 / x2) if call.needs_gradient[1] else None


def fmod(x1, x2):
    """x1 − x2 · trunc(x1 / x2), elementwise: the remainder, with the sign of x1."""
    return Fmod()(*as_tensors(x1, x2))


def negative(x):
    """−x, elementwise."""
    return Negative()(x)


def absolute(x):
    """|x|, elementwise. Of a complex number, its length."""
    return Absolute()(x)


def abs(x):
    """|x|, elementwise. Of a complex number, its length."""
    return Absolute()(x)


@composed
def fabs(x):
    """|x| as a float, elementwise."""
    return Absolute()(as_float_tensor(x))


def sign(x):
    """−1, 0 or 1 by the sign of x, elementwise."""
    return Sign()(x)


class Signbit(Step):
    """y = whether x carries a minus sign (true for −0.0 too)."""

    def forward(self, x):
        return np.signbit(as_float(x))


def signbit(x):
    """Whether x has a minus sign, elementwise (true for −0.0 too)."""
    return Signbit()(x)
