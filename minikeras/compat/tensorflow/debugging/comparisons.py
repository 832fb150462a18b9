"""Checks of values: `assert_equal`, `assert_less`, …"""

import numpy as np

from minikeras.compat.tensorflow.conversion import operands, tensor
from minikeras.errors import InvalidArgumentError

SHOWN = 3  # numbers of each tensor in a message


def assert_equal(x, y, message=None, summarize=None, name=None):
    """Raise unless x == y everywhere, after broadcasting.

    Args:
        x, y: tensors.
        message: stands before what went wrong.
        summarize: how many numbers of each to show; 3 if None.
        name: without effect.

    Raises:
        InvalidArgumentError: x == y does not hold somewhere.
    """
    _compare("==", np.equal, x, y, message, summarize)


def assert_none_equal(x, y, summarize=None, message=None, name=None):
    """Raise unless x != y everywhere; the arguments are those of `assert_equal`."""
    _compare("!=", np.not_equal, x, y, message, summarize)


def assert_less(x, y, message=None, summarize=None, name=None):
    """Raise unless x < y everywhere; the arguments are those of `assert_equal`."""
    _compare("<", np.less, x, y, message, summarize)


def assert_less_equal(x, y, message=None, summarize=None, name=None):
    """Raise unless x <= y everywhere; the arguments are those of `assert_equal`."""
    _compare("<=", np.less_equal, x, y, message, summarize)


def assert_greater(x, y, message=None, summarize=None, name=None):
    """Raise unless x > y everywhere; the arguments are those of `assert_equal`."""
    _compare(">", np.greater, x, y, message, summarize)


def assert_greater_equal(x, y, message=None, summarize=None, name=None):
    """Raise unless x >= y everywhere; the arguments are those of `assert_equal`."""
    _compare(">=", np.greater_equal, x, y, message, summarize)


def assert_positive(x, message=None, summarize=None, name=None):
    """Raise unless x > 0 everywhere; the arguments are those of `assert_equal`."""
    _compare(">", np.greater, x, 0, message, summarize, right="0")


def assert_negative(x, message=None, summarize=None, name=None):
    """Raise unless x < 0 everywhere; the arguments are those of `assert_equal`."""
    _compare("<", np.less, x, 0, message, summarize, right="0")


def assert_non_negative(x, message=None, summarize=None, name=None):
    """Raise unless x >= 0 everywhere; the arguments are those of `assert_equal`."""
    _compare(">=", np.greater_equal, x, 0, message, summarize, right="0")


def assert_non_positive(x, message=None, summarize=None, name=None):
    """Raise unless x <= 0 everywhere; the arguments are those of `assert_equal`."""
    _compare("<=", np.less_equal, x, 0, message, summarize, right="0")


def assert_near(x, y, rtol=None, atol=None, message=None, summarize=None, name=None):
    """Raise unless |x − y| <= atol + rtol·|y| everywhere.

    Args:
        x, y: float tensors.
        rtol, atol: tolerances; ten times the smallest step at 1 of x's dtype if None.
        message, summarize, name: as in `assert_equal`.

    Raises:
        InvalidArgumentError: they differ by more somewhere.
    """
    x, y = (z.array for z in _both(x, y))
    step = 10 * np.finfo(x.dtype).eps
    rtol, atol = (step if tolerance is None else np.asarray(tolerance, x.dtype) for tolerance in (rtol, atol))
    if not np.all(np.abs(x - y) <= atol + rtol * np.abs(y)):
        _fail(f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}", x, y, message, summarize)


def _compare(sign, holds, x, y, message, summarize, right="y"):
    x, y = (z.array for z in _both(x, y))
    if not np.all(holds(x, y)):
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
