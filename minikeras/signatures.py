"""Constructors that repeat one another, written once: signatures of subclasses derived from those of their bases.

`help`, `inspect.signature` and configs see every argument with its default; a debugger steps into plain functions.
"""

import inspect
import types


def inherits_arguments(base):
    """Decorator for an `__init__` that passes `*args, **kwargs` to that of `base`: its signature lists them all.

        class Adam(Optimizer):
            @inherits_arguments(Optimizer)
            def __init__(self, learning_rate=0.001, beta_1=0.9, *args, **kwargs):
                super().__init__(learning_rate, *args, **kwargs)

    The signature is that of the function, with the arguments of the base that it does not name itself in place of
    `*args`. So what it does name must come first in the call of the base's `__init__`. The function stays as it is.
    """

    def set_signature(init):
        own = inspect.signature(init).parameters
        inherited = inspect.signature(base.__init__).parameters
        stars = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        named = [parameter for parameter in own.values() if parameter.kind not in stars]
        rest = [parameter for name, parameter in inherited.items() if name not in own and parameter.kind not in stars]
        last = [parameter for parameter in own.values() if parameter.kind is inspect.Parameter.VAR_KEYWORD]
        init.__signature__ = inspect.Signature([*named, *rest, *last])
        return init

    return set_signature


def with_defaults(function, **defaults):
    """The same function with other default values, as a function of its own.

        class Conv2D(BaseConv):
            __init__ = with_defaults(BaseConv.__init__, strides=(1, 1), dilation_rate=(1, 1))

    Raises:
        TypeError: the function has no argument of such a name that has a default.
    """
    code = function.__code__
    names = code.co_varnames[: code.co_argcount][-len(function.__defaults__) :]
    unknown = defaults.keys() - set(names)
    if unknown:
        raise TypeError(f"{function.__qualname__} has the defaults of {names}. Received: {sorted(unknown)}")
    values = tuple([defaults.get(name, old) for name, old in zip(names, function.__defaults__, strict=True)])
    copy = types.FunctionType(code, function.__globals__, function.__name__, values, function.__closure__)
    copy.__qualname__, copy.__module__, copy.__doc__ = function.__qualname__, function.__module__, function.__doc__
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy
