"""The user's own classes and functions: open scopes and the registry."""

import inspect

_custom_objects = {}  # registered name -> class or function
_custom_names = {}  # class or function -> registered name
_scopes = []  # dicts of the open CustomObjectScopes


class CustomObjectScope:
    """Within it, configs may name the classes and functions of `custom_objects` ({name: object})."""

    def __init__(self, custom_objects):
        self.custom_objects = dict(custom_objects or {})

    def __enter__(self):
        _scopes.append(self.custom_objects)
        return self

    def __exit__(self, *error):
        _scopes.remove(self.custom_objects)


custom_object_scope = CustomObjectScope


def get_custom_objects():
    """The dict of registered custom objects, which may be changed in place."""
    return _custom_objects


def register_keras_serializable(package="Custom", name=None):
    """Decorator that registers a class or function as `package>name`, so that files can name it.

    Raises:
        ValueError: a class without `get_config`.
    """

    def register(arg):
        if inspect.isclass(arg) and not hasattr(arg, "get_config"):
            raise ValueError(f"Cannot register {arg.__name__}: it has no get_config() method.")
        registered_name = f"{package}>{name or arg.__name__}"
        _custom_objects[registered_name] = arg
        _custom_names[arg] = registered_name
        return arg

    return register


def is_registered(obj):
    """Whether a class or function is registered."""
    return obj in _custom_names


def get_registered_name(obj):
    """The name under which an object is registered, or its own name."""
    obj = getattr(obj, "_class_in_files", obj)  # a user's class that became one of functional models
    return _custom_names.get(obj, getattr(obj, "__name__", None))


def get_registered_object(name, custom_objects=None, module_objects=None):
    """The object registered under `name`, looked up in open scopes, the arguments and the registry; else None."""
    for table in (*reversed(_scopes), custom_objects or {}, _custom_objects, module_objects or {}):
        if name in table:
            return table[name]
    return None
