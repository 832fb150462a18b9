"""Integers bit by bit, and their common divisors and multiples. No gradients."""

import numpy as np

from minikeras.autodiff.comparison import BitwiseAnd, BitwiseInvert, BitwiseOr, BitwiseXor
from minikeras.autodiff.elementwise import Binary
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.elementwise import as_tensors


def bitwise_and(x, y):
    """The bits set in both, elementwise."""
    return BitwiseAnd()(*as_tensors(x, y))


def bitwise_or(x, y):
    """The bits set in either, elementwise."""
    return BitwiseOr()(*as_tensors(x, y))


def bitwise_xor(x, y):
    """The bits set in one of both only, elementwise."""
    return BitwiseXor()(*as_tensors(x, y))


def bitwise_invert(x):
    """All bits flipped, elementwise."""
    return BitwiseInvert()(x)


class BitwiseNot(BitwiseInvert):
    """`BitwiseInvert` under the name that Keras's files give to `ops.bitwise_not`."""


def bitwise_not(x):
    """All bits flipped, elementwise."""
    return BitwiseNot()(x)


class BitwiseLeftShift(Binary):
    """y = x · 2^y, by moving the bits to the left."""

    takes_lists = True
    differentiable = False
    ufunc = np.left_shift


def bitwise_left_shift(x, y):
    """The bits of x moved y places to the left, elementwise."""
    return BitwiseLeftShift()(convert_to_tensor(x), y if type(y) is int else convert_to_tensor(y))


class LeftShift(BitwiseLeftShift):
    """`BitwiseLeftShift` under the name that Keras's files give to `ops.left_shift`."""


def left_shift(x, y):
    """The bits of x moved y places to the left, elementwise."""
    return LeftShift()(convert_to_tensor(x), y if type(y) is int else convert_to_tensor(y))


class BitwiseRightShift(Binary):
    """y = ⌊x / 2^y⌋, by moving the bits to the right."""

    takes_lists = True
    differentiable = False
    ufunc = np.right_shift


def bitwise_right_shift(x, y):
    """The bits of x shifted right by y, elementwise, with the sign kept."""
    return BitwiseRightShift()(convert_to_tensor(x), y if type(y) is int else convert_to_tensor(y))


class RightShift(BitwiseRightShift):
    """`BitwiseRightShift` under the name that Keras's files give to `ops.right_shift`."""


def right_shift(x, y):
    """The bits of x shifted right by y, elementwise, with the sign kept."""
    return RightShift()(convert_to_tensor(x), y if type(y) is int else convert_to_tensor(y))


class Gcd(Binary):
    """y = the greatest common divisor of two integers. No gradient."""

    differentiable = False
    ufunc = np.gcd


def gcd(x1, x2):
    """The greatest common divisor of two integers, elementwise.

    Raises:
        TypeError: one of them is not an integer.
    """
    return Gcd()(*_integers("gcd", x1, x2, beside=["bool"]))


def _integers(name, x1, x2, beside=()):
    """Both as tensors. Raises TypeError unless they are symbolic, or of integers; one may be of a dtype of `beside`."""
    x1, x2 = as_tensors(x1, x2)
    others = [x.dtype for x in (x1, x2) if "int" not in x.dtype]
    is_symbolic = any(isinstance(x, KerasTensor) for x in (x1, x2))
    if not is_symbolic and (len(others) > 1 or not {*others} <= {*beside}):
        raise TypeError(f"Arguments to {name} must be integers. Received: x1.dtype={x1.dtype}, x2.dtype={x2.dtype}")
    return x1, x2


class Lcm(Binary):
    """y = the least common multiple of two integers. No gradient."""

    differentiable = False
    ufunc = np.lcm


def lcm(x1, x2):
    """The least common multiple of two integers, elementwise.

    Raises:
        TypeError: one of them is not an integer.
    """
    return Lcm()(*_integers("lcm", x1, x2))
