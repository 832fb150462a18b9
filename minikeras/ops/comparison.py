"""Comparisons and logic, elementwise, with booleans as results and no gradients."""

import numpy as np

from minikeras.autodiff.comparison import (
    Comparison,
    Equal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    LogicalAnd,
    LogicalNot,
    LogicalOr,
    LogicalXor,
    NotEqual,
)
from minikeras.autodiff.dtypes import as_float, promote
from minikeras.autodiff.operation import Op
from minikeras.ops.elementwise import Step


def equal(x1, x2):
    """Whether x1 = x2, elementwise."""
    return Equal()(x1, x2)


def not_equal(x1, x2):
    """Whether x1 ≠ x2, elementwise."""
    return NotEqual()(x1, x2)


def less(x1, x2):
    """Whether x1 < x2, elementwise."""
    return Less()(x1, x2)


def less_equal(x1, x2):
    """Whether x1 ≤ x2, elementwise."""
    return LessEqual()(x1, x2)


def greater(x1, x2):
    """Whether x1 > x2, elementwise."""
    return Greater()(x1, x2)


def greater_equal(x1, x2):
    """Whether x1 ≥ x2, elementwise."""
    return GreaterEqual()(x1, x2)


def logical_and(x1, x2):
    """x1 and x2, elementwise, any number but 0 counting as true."""
    return LogicalAnd()(x1, x2)


def logical_or(x1, x2):
    """x1 or x2, elementwise, any number but 0 counting as true."""
    return LogicalOr()(x1, x2)


def logical_xor(x1, x2):
    """Either x1 or x2, elementwise, where nonzero is true."""
    return LogicalXor()(x1, x2)


def logical_not(x):
    """Whether x is 0 or false, elementwise."""
    return LogicalNot()(x)


class Isclose(Comparison):
    """y = |x1 − x2| ≤ atol + rtol · |x2|."""

    def __init__(self, rtol=1e-5, atol=1e-8, equal_nan=False):
        self.rtol = rtol
        self.atol = atol
        self.equal_nan = equal_nan

    def forward(self, x1, x2):
        return np.isclose(*promote(x1, x2), rtol=self.rtol, atol=self.atol, equal_nan=self.equal_nan)


def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether |x1 − x2| ≤ atol + rtol · |x2|, elementwise."""
    return Isclose(rtol, atol, equal_nan)(x1, x2)


class AllClose(Isclose):
    """y = whether `Isclose` holds for all elements."""

    def forward(self, x1, x2):
        return np.all(Isclose.forward(self, x1, x2))

    @staticmethod
    def output_shape(s1, s2):
        return ()


def allclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether |x1 − x2| ≤ atol + rtol · |x2| for all elements, a boolean scalar."""
    return AllClose(rtol, atol, equal_nan)(x1, x2)


class Isfinite(Step):
    """y = whether x is neither infinite nor NaN."""

    ufunc = np.isfinite


def isfinite(x):
    """Whether x is neither infinite nor NaN, elementwise."""
    return Isfinite()(x)


class Isinf(Step):
    """y = whether x is ∞ or −∞."""

    ufunc = np.isinf


def isinf(x):
    """Whether x is ∞ or −∞, elementwise."""
    return Isinf()(x)


class Isnan(Step):
    """y = whether x is NaN."""

    ufunc = np.isnan


def isnan(x):
    """Whether x is NaN, elementwise."""
    return Isnan()(x)


class Isneginf(Step):
    """y = whether x is −∞."""

    def forward(self, x):
        return np.isneginf(as_float(x))


def isneginf(x):
    """Whether x is −∞, elementwise."""
    return Isneginf()(x)


class Isposinf(Step):
    """y = whether x is ∞."""

    def forward(self, x):
        return np.isposinf(as_float(x))


def isposinf(x):
    """Whether x is ∞, elementwise."""
    return Isposinf()(x)


class Isreal(Step):
    """y = whether x has no imaginary part."""

    def forward(self, x):
        return np.isreal(x)


def isreal(x):
    """Whether x has no imaginary part, elementwise."""
    return Isreal()(x)


class IsIn(Op):
    """y = whether each element of x1 occurs in x2 (`invert`: whether it does not)."""

    differentiable = False

    def __init__(self, assume_unique=False, invert=False):
        self.assume_unique = assume_unique
        self.invert = invert

    def forward(self, x1, x2):
        return np.isin(*promote(x1, x2), assume_unique=self.assume_unique, invert=self.invert)

    def output_shape(self, s1, s2):
        return s1

    def output_dtype(self, x1, x2):
        return "bool"


def isin(x1, x2, assume_unique=False, invert=False):
    """Whether each element of x1 occurs in x2.

    Args:
        assume_unique: assert that neither has duplicates, for a faster search.
        invert: return the opposite.
    """
    return IsIn(assume_unique, invert)(x1, x2)


def are_near(x, y, rtol, atol):
    """Whether |x − y| <= atol + rtol · |y| for all elements of two arrays; infinities and NaN are near nothing."""
    return bool(np.all(np.abs(x - y) <= atol + rtol * np.abs(y)))


def default_tolerance(x):
    """Ten times the smallest step at 1 of the dtype of a float array."""
    return 10 * np.finfo(x.dtype).eps
