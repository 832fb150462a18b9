"""Functions of the packages below as TensorFlow has them: `named` with a last argument `name`, `placed` without it.

It labels nodes of TensorFlow's graphs and has no effect. The rest of the signature, and the docstring, are those of the
function below, which has both once.
"""

__replay__ = "computes"

import inspect
import sys
from functools import wraps


def placed(function, called=None):
    """The function as one of the calling module, perhaps under another name.

    ssim = placed(image_similarity.ssim_of_images, "ssim")
    """

    @wraps(function)
    def of_module(*args, **kwargs):
        return function(*args, **kwargs)

    return _of_caller(of_module, called)


def named(function, called=None):
    """The function with an additional last argument `name`, which is ignored.

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
    return _of_caller(with_name, called)


def _of_caller(function, called):
    """The function with the module of its caller's caller, where pickle and checks of operands look for it."""
    function.__module__ = sys._getframe(2).f_globals["__name__"]
    function.__name__ = function.__qualname__ = called or function.__name__
    return function
