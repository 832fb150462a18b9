"""Checks of values: `assert_equal`, `assert_less`, …"""

import operator

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.conversion import operands, tensor
from minikeras.ops.comparison import are_near, default_tolerance

SHOWN = 3  # elements of each tensor in a message


def assert_equal(x, y, message=None, summarize=None, name=None):
    """Raise unless x == y everywhere, after broadcasting.

    Args:
        x, y: tensors.
        message: text before the error message.
        summarize: how many elements of each to show; 3 if None.
        name: without effect.

    Raises:
        InvalidArgumentError: x == y does not hold somewhere.
    """
    _compare("==", operator.eq, x, y, message, summarize)


def assert_none_equal(x, y, summarize=None, message=None, name=None):
    """Raise unless x != y everywhere; arguments as in `assert_equal`."""
    _compare("!=", operator.ne, x, y, message, summarize)


def assert_less(x, y, message=None, summarize=None, name=None):
    """Raise unless x < y everywhere; arguments as in `assert_equal`."""
    _compare("<", operator.lt, x, y, message, summarize)


def assert_less_equal(x, y, message=None, summarize=None, name=None):
    """Raise unless x <= y everywhere; arguments as in `assert_equal`."""
    _compare("<=", operator.le, x, y, message, summarize)


def assert_greater(x, y, message=None, summarize=None, name=None):
    """Raise unless x > y everywhere; arguments as in `assert_equal`."""
    _compare(">", operator.gt, x, y, message, summarize)


def assert_greater_equal(x, y, message=None, summarize=None, name=None):
    """Raise unless x >= y everywhere; arguments as in `assert_equal`."""
    _compare(">=", operator.ge, x, y, message, summarize)


def assert_positive(x, message=None, summarize=None, name=None):
    """Raise unless x > 0 everywhere; arguments as in `assert_equal`."""
    _compare(">", operator.gt, x, 0, message, summarize, right="0")


def assert_negative(x, message=None, summarize=None, name=None):
    """Raise unless x < 0 everywhere; arguments as in `assert_equal`."""
    _compare("<", operator.lt, x, 0, message, summarize, right="0")


def assert_non_negative(x, message=None, summarize=None, name=None):
    """Raise unless x >= 0 everywhere; arguments as in `assert_equal`."""
    _compare(">=", operator.ge, x, 0, message, summarize, right="0")


def assert_non_positive(x, message=None, summarize=None, name=None):
    """Raise unless x <= 0 everywhere; arguments as in `assert_equal`."""
    _compare("<=", operator.le, x, 0, message, summarize, right="0")


def assert_near(x, y, rtol=None, atol=None, message=None, summarize=None, name=None):
    """Raise unless |x − y| <= atol + rtol·|y| everywhere.

    Args:
        x, y: float tensors.
        rtol, atol: tolerances; ten times the machine epsilon of x's dtype if None.
        message, summarize, name: as in `assert_equal`.

    Raises:
        InvalidArgumentError: they differ by more somewhere.
    """
    x, y = (z.array for z in _both(x, y))
    rtol, atol = (default_tolerance(x) if t is None else as_array(t, x.dtype) for t in (rtol, atol))
    if not are_near(x, y, rtol, atol):
        _fail(
            f"x and y differ by more than atol + rtol · |y|, with rtol = {rtol}, atol = {atol}",
            x,
            y,
            message,
            summarize,
        )


def _compare(sign, holds, x, y, message, summarize, right="y"):
    x, y = (z.array for z in _both(x, y))
    if not np.asarray(holds(x, y)).all():
        _fail(f"Condition x {sign} {right} did not hold.", x, y, message, summarize)


def _both(x, y):
    x, y = operands(x, y)
    return tensor(x), tensor(y)


def _fail(what, x, y, message, summarize):
    count = SHOWN if summarize is None else summarize
    lines = [message] if message else []
    for name, array in (("x", x), ("y", y)):
        shown = array.ravel() if count < 0 else array.ravel()[:count]
        lines.append(f"First {shown.size} elements of {name}:\n{shown}")
    raise InvalidArgumentError(None, None, "\n".join([*lines[:-2], what, *lines[-2:]]))
