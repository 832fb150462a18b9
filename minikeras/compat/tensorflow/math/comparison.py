"""Comparisons and logic, element by element, with booleans as results."""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import operands, tensor

__all__ = [
    "equal",
    "greater",
    "greater_equal",
    "is_non_decreasing",
    "is_strictly_increasing",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
]


def equal(x, y, name=None):
    """Whether x = y."""
    return ops.equal(*operands(x, y))


def not_equal(x, y, name=None):
    """Whether x ≠ y."""
    return ops.not_equal(*operands(x, y))


def less(x, y, name=None):
    """Whether x < y."""
    return ops.less(*operands(x, y))


def less_equal(x, y, name=None):
    """Whether x ≤ y."""
    return ops.less_equal(*operands(x, y))


def greater(x, y, name=None):
    """Whether x > y."""
    return ops.greater(*operands(x, y))


def greater_equal(x, y, name=None):
    """Whether x ≥ y."""
    return ops.greater_equal(*operands(x, y))


def logical_and(x, y, name=None):
    """x and y."""
    return ops.logical_and(tensor(x), tensor(y))


def logical_or(x, y, name=None):
    """x or y."""
    return ops.logical_or(tensor(x), tensor(y))


def logical_xor(x, y, name="LogicalXor"):
    """Either x or y."""
    return ops.logical_xor(tensor(x), tensor(y))


def logical_not(x, name=None):
    """Not x."""
    return ops.logical_not(tensor(x))


def is_non_decreasing(x, name=None):
    """Whether no element, in row-major order, is less than its predecessor."""
    x = ops.reshape(tensor(x), (-1,))
    return ops.all(x[1:] >= x[:-1])


def is_strictly_increasing(x, name=None):
    """Whether every element, in row-major order, is greater than its predecessor."""
    x = ops.reshape(tensor(x), (-1,))
    return ops.all(x[1:] > x[:-1])
