"""The arguments that an operation was constructed with, for its config."""

import inspect
from functools import cache, wraps

from minikeras import tree

_PLAIN = (str, int, float, type(None))


@cache
def constructor_arguments(cls):
    """The names of a class's constructor arguments, without `*args` and `**kwargs`."""
    stars = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return tuple([name for name, parameter in inspect.signature(cls).parameters.items() if parameter.kind not in stars])


@cache
def takes_name(cls):
    """Whether a class's constructor takes `name`, in its own right or among `**kwargs`."""
    parameters = inspect.signature(cls).parameters
    return "name" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def remembering_arguments(init):
    """Wrap an `__init__` to record its arguments; of several along a class's bases, only the first to run does."""

    @wraps(init)
    def wrapper(self, *args, **kwargs):
        self.__dict__.setdefault("_arguments", (args, kwargs))
        init(self, *args, **kwargs)

    return wrapper


def config_of_arguments(operation):
    """{name: value} of the constructor's arguments: as passed to a user's class, else read from the attributes.

    Raises:
        NotImplementedError: an argument is not a plain value, or there is no attribute of its name.
    """
    name = type(operation).__name__
    kept = vars(operation).get("_arguments")
    if kept is None:
        names = [word for word in constructor_arguments(type(operation)) if word != "name"]
        missing = [word for word in names if not hasattr(operation, word)]
        if missing:
            raise NotImplementedError(f"{name} must keep {missing} as attributes, or define `get_config`.")
        return {word: getattr(operation, word) for word in names}
    bound = inspect.signature(type(operation).__init__).bind(operation, *kept[0], **kept[1])
    bound.apply_defaults()
    _, *words = bound.signature.parameters  # the first is the operation itself
    config = {word: bound.arguments[word] for word in words}
    for word, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            config.update(config.pop(word))
        elif parameter.kind is parameter.VAR_POSITIONAL and config.pop(word):
            raise NotImplementedError(f"{name} takes any number of arguments, so it must define `get_config`.")
    config.pop("name", None)
    unknown = [word for word, value in config.items() if not all(isinstance(x, _PLAIN) for x in tree.flatten(value))]
    if unknown:
        raise NotImplementedError(
            f"The arguments {unknown} of {name} are not plain values, so the class must define `get_config`."
        )
    return config
