"""Comparisons, and logic on booleans and bits. None has a gradient."""

import numpy as np

from minikeras.autodiff.dtypes import promote
from minikeras.autodiff.elementwise import Binary, Elementwise
from minikeras.autodiff.selection_lowering import NOT, OfRelation, of_logic
from minikeras.autodiff.state import thread
from minikeras.kernels.select_jobs import AND, EQUAL, LESS, LESS_EQUAL, NOT_EQUAL, OR, XOR


class Comparison(Binary):
    """Base class of comparisons: elementwise, bool out, no gradient."""

    differentiable = False
    takes_lists = True

    def forward(self, x1, x2):
        if int in (type(x1), type(x2)):
            array = x1 if type(x2) is int else x2
            if isinstance(array, np.ndarray) and array.dtype.kind in "iu":
                return self.ufunc(x1, x2)  # 300 is greater than any uint8
        return super().forward(x1, x2)

    def output_dtype(self, *inputs):
        return "bool"


class Equal(Comparison):
    """y = (x1 = x2)."""

    ufunc = np.equal
    lowering = OfRelation(EQUAL)


class NotEqual(Comparison):
    """y = (x1 ≠ x2)."""

    ufunc = np.not_equal
    lowering = OfRelation(NOT_EQUAL)


class Less(Comparison):
    """y = (x1 < x2)."""

    ufunc = np.less
    lowering = OfRelation(LESS)


class LessEqual(Comparison):
    """y = (x1 ≤ x2)."""

    ufunc = np.less_equal
    lowering = OfRelation(LESS_EQUAL)


class Greater(Comparison):
    """y = (x1 > x2)."""

    ufunc = np.greater
    lowering = OfRelation(LESS, swaps=True)


class GreaterEqual(Comparison):
    """y = (x1 ≥ x2)."""

    ufunc = np.greater_equal
    lowering = OfRelation(LESS_EQUAL, swaps=True)


class LogicalAnd(Comparison):
    """y = x1 and x2, both read as booleans."""

    ufunc = np.logical_and
    lowering = of_logic(AND)


class LogicalOr(Comparison):
    """y = x1 or x2, both read as booleans."""

    ufunc = np.logical_or
    lowering = of_logic(OR)


class LogicalXor(Comparison):
    """y = either x1 or x2, both read as booleans."""

    ufunc = np.logical_xor
    lowering = of_logic(XOR)


class LogicalNot(Elementwise):
    """y = not x, read as a boolean."""

    differentiable = False
    lowering = NOT

    def forward(self, x):
        return np.logical_not(x)


class Bitwise(Binary):
    """Base class of ops on the bits of integers and booleans."""

    takes_lists = True
    differentiable = False

    def forward(self, x1, x2):
        x1, x2 = promote(x1, x2)
        if x1.dtype.kind not in "iub":
            raise TypeError(f"{type(self).__name__} takes integers and booleans. Received: dtype={x1.dtype}")
        return self.ufunc(x1, x2)


class BitwiseAnd(Bitwise):
    """y = x1 & x2, bit by bit."""

    ufunc = np.bitwise_and


class BitwiseOr(Bitwise):
    """y = x1 | x2, bit by bit."""

    ufunc = np.bitwise_or


class BitwiseXor(Bitwise):
    """y = x1 ^ x2, bit by bit."""

    ufunc = np.bitwise_xor


class BitwiseInvert(Elementwise):
    """y = ~x, bit by bit."""

    differentiable = False

    def forward(self, x):
        return np.bitwise_not(x)


def logical(word, x1, x2):
    """`&`, `|` or `^` of booleans; a number counts as True unless it is 0. (Within the `call` of a layer, Keras has
    TensorFlow's tensors in place of symbolic ones: there as for tensors.)"""
    if thread.compares_elements or not thread.records_history:
        return bitwise_or_logical(word, x1, x2)
    return {"and": LogicalAnd, "or": LogicalOr, "xor": LogicalXor}[word]()(x1, x2)


def bitwise_or_logical(word, x1, x2):
    """`&`, `|` or `^`: logical for booleans, bit by bit for integers."""
    both_bool = all(getattr(x, "dtype", "bool" if isinstance(x, bool) else None) == "bool" for x in (x1, x2))
    ops = {"and": (LogicalAnd, BitwiseAnd), "or": (LogicalOr, BitwiseOr), "xor": (LogicalXor, BitwiseXor)}[word]
    return ops[0 if both_bool else 1]()(x1, x2)
