"""`K.abs`, `K.exp`, `K.equal`, …: functions of single elements, and comparisons."""

import numpy as np

from minikeras import ops
from minikeras.ops import abs, cos, exp, log, sign, sin, square

__all__ = [
    "abs",
    "clip",
    "cos",
    "equal",
    "exp",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "log",
    "maximum",
    "minimum",
    "not_equal",
    "pow",
    "round",
    "sign",
    "sin",
    "sqrt",
    "square",
]


def sqrt(x):
    """√max(x, 0): negative numbers, to which zeros may be rounded, give 0 and not NaN."""
    x = ops.convert_to_tensor(x)
    return ops.sqrt(ops.maximum(x, ops.cast(0, x.dtype)))


def pow(x, a):
    """xᵃ."""
    return ops.power(x, a)


def round(x):
    """The nearest integer, halves to the even one."""
    return ops.round(x)


def clip(x, min_value, max_value):
    """x clipped to the two limits; None means no limit. A maximum below the minimum is replaced by the minimum."""
    if isinstance(min_value, (int, float)) and isinstance(max_value, (int, float)):
        max_value = max(min_value, max_value)
    min_value = -np.inf if min_value is None else min_value
    return ops.clip(x, min_value, np.inf if max_value is None else max_value)


def maximum(x, y):
    """The larger of each pair."""
    return ops.maximum(x, y)


def minimum(x, y):
    """The smaller of each pair."""
    return ops.minimum(x, y)


def equal(x, y):
    """x = y, as booleans."""
    return ops.equal(x, y)


def not_equal(x, y):
    """x ≠ y."""
    return ops.not_equal(x, y)


def greater(x, y):
    """x > y."""
    return ops.greater(x, y)


def greater_equal(x, y):
    """x ≥ y."""
    return ops.greater_equal(x, y)


def less(x, y):
    """x < y."""
    return ops.less(x, y)


def less_equal(x, y):
    """x ≤ y."""
    return ops.less_equal(x, y)
