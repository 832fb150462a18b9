"""`ALL_OBJECTS_DICT` of `keras.src.activations` and the like: what strings may name there."""

__replay__ = "computes"

import inspect

from minikeras.base.naming import to_snake_case
from minikeras.compat.keras_src.paths import public_module, public_names_of
from minikeras.serialization import get_custom_objects

__all__ = ["activations", "constraints", "initializers", "losses", "metrics", "optimizers", "quantizers",
           "regularizers"]  # fmt: skip


class ObjectTable(dict):
    """{name: class or function}. Objects that a package adds can then be used by name, like registered objects."""

    def __setitem__(self, name, value):
        super().__setitem__(name, value)
        get_custom_objects()[name] = value


def _table(namespace):
    """The classes by their names, in snake_case too, and the functions of `keras.<namespace>`."""
    module, table = public_module(namespace), ObjectTable()
    for name in public_names_of(namespace) - {"get", "serialize", "deserialize"}:
        value = getattr(module, name)
        if inspect.isclass(value):
            table.update({name: value, to_snake_case(name): value})
        elif inspect.isfunction(value):
            table.setdefault(name, value)
    return table


activations, constraints, initializers, losses, metrics, optimizers, quantizers, regularizers = map(_table, __all__)
