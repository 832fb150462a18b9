"""Checks of numeric arguments in constructors: without them, a call would fail with one of Python's own messages."""

import numbers


def integer(name, value, least=None):
    """The value of an argument that counts something.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is below `least`.
    """
    if not isinstance(value, numbers.Integral):
        raise TypeError(f"`{name}` must be an integer. Received: {name}={value!r}")
    if least is not None and value < least:
        raise ValueError(f"`{name}` must be at least {least}. Received: {name}={value!r}")
    return value


def optional_integer(name, value):
    """The same where None is allowed."""
    return None if value is None else integer(name, value)


def concentration(name, value):
    """The value of an argument that is the parameter of a gamma or beta distribution.

    Raises:
        TypeError: it is not a number.
        ValueError: it is negative or NaN.
    """
    if not isinstance(value, numbers.Real):
        raise TypeError(f"`{name}` must be a number. Received: {name}={value!r}")
    if not value >= 0:
        raise ValueError(f"`{name}` must be positive. Received: {name}={value!r}")
    return value
