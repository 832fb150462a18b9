"""Arguments that functions share, written once: signatures of subclasses derived from those of their bases.

`help`, `inspect.signature` and configs see every argument with its default; a debugger steps into plain functions.
"""

import functools
import inspect
import types

STARS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def inherits_arguments(*bases, after=None, without=()):
    """Decorator of a function that passes `**kwargs` on to `bases`: its signature has their arguments too.

        class Adam(Optimizer):
            @inherits_arguments(Optimizer)
            def __init__(self, learning_rate=0.001, beta_1=0.9, *args, **kwargs):
                super().__init__(learning_rate, *args, **kwargs)

    The signature has the function's own arguments, then those of the bases that it does not name itself, then its own
    keyword-only ones, as ordinary arguments.

    With `*args` the function stays as it is: its own arguments must come first in the call of the base. Without, all
    values are passed to it by name, so that arguments may be in any order:

        class LSTMCell(RecurrentCell):
            @inherits_arguments(RecurrentCell, after={"recurrent_activation": "activation"})
            def __init__(self, units, *, recurrent_activation="sigmoid", **kwargs):
                super().__init__(**kwargs)

    Args:
        bases: classes or functions, among which the function distributes `**kwargs`.
        after: dict from a keyword-only argument to the argument that it follows in the signature.
        without: names of arguments of the bases that callers cannot give.
    """

    def decorate(function):
        signature = _combined(inspect.signature(function), bases, after or {}, without)
        if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in _parameters(function)):
            function.__signature__ = signature
            return function

        @functools.wraps(function)
        def pass_by_name(*args, **kwargs):
            return function(**_by_name(function, signature, args, kwargs))

        pass_by_name.__signature__ = signature
        return pass_by_name

    return decorate


def _combined(own, bases, after, without):
    """The signature of a function from its own and those of the bases."""
    own = own.parameters.values()
    inherited = [parameter for base in bases for parameter in _parameters(base)]
    known = {parameter.name for parameter in own} | {"self", *without}
    listed = [p for p in own if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    listed += [p for p in inherited if p.kind not in STARS and p.name not in known]
    for parameter in own:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            names = [p.name for p in listed]
            place = names.index(after[parameter.name]) + 1 if parameter.name in after else len(names)
            listed.insert(place, parameter.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD))
    is_open = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in inherited)
    return inspect.Signature([*listed, *(p for p in own if is_open and p.kind is inspect.Parameter.VAR_KEYWORD)])


def _parameters(function):
    function = function.__init__ if isinstance(function, type) else function
    return inspect.signature(function).parameters.values()


def _by_name(function, signature, args, kwargs):
    """{name: value} of the arguments of a call.

    Raises:
        TypeError: they do not fit the signature.
    """
    try:
        arguments = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise TypeError(f"{function.__qualname__}() {error}") from None
    others = arguments.pop("kwargs", {})
    return {**arguments, **others}


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
    return _copy(function, function.__qualname__, values)


def own_constructor(cls):
    """Give a minikeras class that inherits its constructor its own copy.

    Python's errors about arguments then name the class that the user wrote: `Conv2D.__init__() missing …`, rather than
    a base that no user knows.
    """
    constructor, name = cls.__init__, f"{cls.__qualname__}.__init__"
    is_ours = cls.__module__.startswith("minikeras.") and isinstance(constructor, types.FunctionType)
    if is_ours and constructor.__qualname__ != name:
        cls.__init__ = _copy(constructor, name, constructor.__defaults__)


def _copy(function, qualified_name, defaults):
    code, name = function.__code__, function.__name__
    copy = types.FunctionType(code, function.__globals__, name, defaults, function.__closure__)
    copy.__qualname__, copy.__module__, copy.__doc__ = qualified_name, function.__module__, function.__doc__
    copy.__kwdefaults__, copy.__annotations__ = function.__kwdefaults__, function.__annotations__
    copy.__dict__.update(function.__dict__)
    return copy
