"""Resolves identifiers of constraints, losses, initializers …: a name, class or config, or the object itself.

Each of these packages has Keras's three functions `serialize`, `deserialize` and `get`, based on one `Kind`.
"""

import inspect
import reprlib

from minikeras.base.limits import reading
from minikeras.base.naming import to_snake_case
from minikeras.serialization import (
    FUNCTION_KINDS,
    deserialize_keras_object,
    function_config,
    get_registered_object,
    object_from,
    serialize_keras_object,
    unknown_name,
)


class Kind:
    """Objects of one kind, by name and by config.

    Args:
        name: the word for one of them in errors, such as "constraint".
        hint: the end of the error for anything else: the allowed values.
        further_names: {name: class or function} in addition to those that the package exports.
        of_this_kind_only: whether a config may name nothing else but the user's own objects.
        makes_instances: whether `deserialize`, given the name of a class, returns an instance of it, as `get` does.
    """

    def __init__(self, name, hint, further_names=None, makes_instances=True, of_this_kind_only=True):
        self.name = name
        self.hint = hint
        self.makes_instances = makes_instances
        self.of_this_kind_only = of_this_kind_only
        self.known = dict(further_names or {})

    def register(self, exports):
        """Register the names that a package exports: `exports` is a dict {name: class or function}."""
        self.known = {**exports, **self.known}

    def deserialize(self, config, custom_objects=None):
        """The object that a config describes, or the class or function of that name; these themselves stay as they are.

        Raises:
            ValueError: nothing has that name, or a dict has none.
        """
        if callable(config):
            return config
        with reading(config):
            if isinstance(config, dict):
                self._check(config, custom_objects)
            found = deserialize_keras_object(
                config, custom_objects=custom_objects, module_objects=self.known, printable_module_name=self.name
            )
        return found() if self.makes_instances and inspect.isclass(found) else found

    def _check(self, config, custom_objects):
        kind = config.get("class_name")
        if kind is None:
            raise ValueError(
                f"The config of a {self.name} has a `class_name` and a `config`. Received: {reprlib.repr(config)}"
            )
        if not self.of_this_kind_only or kind == "__lambda__":  # which is refused by its own error
            return
        name = config.get("config") if kind in FUNCTION_KINDS else kind
        names = [key for key in (name, config.get("registered_name")) if isinstance(key, str)]
        if not any(key in self.known or get_registered_object(key, custom_objects) is not None for key in names):
            raise unknown_name(self.name, name, self.known)

    def get(self, identifier):
        """The object that a name, config or class stands for, or the identifier itself; None for None.

        Raises:
            ValueError: nothing has that name, or it is something that cannot be called.
        """
        return object_from(identifier, self.name, self.known, self.deserialize, self.hint)


def serialize_object_or_function(value):
    """The config of a loss or metric, or of a function that serves as one."""
    return function_config(value) if inspect.isfunction(value) else serialize_keras_object(value)


def classes_of(exports):
    """{name: class} of the classes in a dict of exports, by their own names and these in snake case."""
    classes = [value for value in exports.values() if inspect.isclass(value)]
    return {name: cls for cls in classes for name in (cls.__name__, to_snake_case(cls.__name__))}


def parts_of(exports):
    """A dict of exports without the three functions that concern identifiers."""
    return {name: value for name, value in exports.items() if name not in ("deserialize", "get", "serialize")}
