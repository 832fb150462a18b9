"""The user's own classes and functions: open scopes and the registry.

The registry holds for the whole program, as in Keras. A scope holds for the thread (or the context of `contextvars`)
that opened it. Scopes are searched before the registry, the innermost first.
"""

import inspect

from minikeras.serialization.open_scopes import OpenScopes

_custom_objects = {}  # registered name -> class or function
_custom_names = {}  # class or function -> registered name
_own_objects = {}  # registered name -> class of minikeras that Keras lacks
_scopes = OpenScopes("custom_object_scopes")


class CustomObjectScope:
    """A context in which configs may name the classes and functions of `custom_objects` ({name: object})."""

    def __init__(self, custom_objects):
        self.custom_objects = dict(custom_objects or {})

    def __enter__(self):
        _scopes.enter(self)
        return self

    def __exit__(self, *error):
        _scopes.leave(self)


custom_object_scope = CustomObjectScope


def get_custom_objects():
    """The dict of registered custom objects, which may be changed in place."""
    return _custom_objects


def register_keras_serializable(package="Custom", name=None):
    """Decorator that registers a class or function as `package>name`, so that files can name it.

    Raises:
        ValueError: the class has no `get_config`.
    """

    def register(arg):
        if inspect.isclass(arg) and not hasattr(arg, "get_config"):
            raise ValueError(f"Cannot register a class that does not have get_config(): {arg.__name__}.")
        registered_name = f"{package}>{name or arg.__name__}"
        _custom_objects[registered_name] = arg
        _custom_names[arg] = registered_name
        return arg

    return register


def register_own(registered_name):
    """Decorator for a class of minikeras that Keras lacks: files name it as if the user had registered it."""

    def register(cls):
        _own_objects[registered_name] = cls
        _custom_names[cls] = registered_name
        return cls

    return register


def is_registered(obj):
    """Whether a class or function is registered."""
    return obj in _custom_names


def get_registered_name(obj):
    """The name under which an object is registered, or its own name."""
    obj = getattr(obj, "_class_in_files", obj)  # for a user's class that was turned into a functional model
    return _custom_names.get(obj, getattr(obj, "__name__", None))


def get_registered_object(name, custom_objects=None, module_objects=None):
    """The object registered under `name`, looked up in the arguments, open scopes and the registry; else None."""
    scopes = [scope.custom_objects for scope in reversed(_scopes.all())]
    for table in (custom_objects or {}, *scopes, _custom_objects, _own_objects, module_objects or {}):
        if name in table:
            return table[name]
    return None


def get_registered_by_last_name(name):
    """The object registered as "package>name" for any package, as configs of Keras 3.6 name functions; else None."""
    return next((value for key, value in _custom_objects.items() if key.rpartition(">")[2] == name), None)
