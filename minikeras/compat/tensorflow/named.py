"""`named`: functions of the packages below as TensorFlow has them, with a last argument `name`.

It labels nodes of TensorFlow's graphs and has no effect. The rest of the signature, and the docstring, are those of the
function below, which has both once.
"""

__replay__ = "computes"

import inspect
import sys
from functools import wraps


def named(function):
    """The function with a last argument `name` that it does not get, as a function of the calling module.

    lower = named(strings.lower)
    """
    parameters = inspect.signature(function).parameters.values()
    name = inspect.Parameter("name", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
    place = len(parameters)

    @wraps(function)
    def with_name(*args, **kwargs):
        kwargs.pop("name", None)
        return function(*args[:place], *args[place + 1 :], **kwargs)

    with_name.__signature__ = inspect.Signature([*parameters, name])
    with_name.__module__ = sys._getframe(1).f_globals["__name__"]  # where pickle and checks of operands look for it
    return with_name
