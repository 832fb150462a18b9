"""Conversion between optimizers and their names or configs."""

import reprlib

from minikeras.base.suggestions import did_you_mean
from minikeras.optimizers.optimizer import Optimizer
from minikeras.serialization import deserialize_keras_object, get_registered_object, serialize_keras_object

_BY_LOWER_NAME = {}


def register_exports(exports):
    """Register the names that `get` accepts: `exports` is the dict of what `minikeras.optimizers` exports."""
    classes = [value for value in exports.values() if isinstance(value, type) and issubclass(value, Optimizer)]
    _BY_LOWER_NAME.update({cls.__name__.lower(): cls for cls in classes})


def serialize(optimizer):
    """{"module": "keras.optimizers", "class_name": "Adam", "config": {…}, "registered_name": None}"""
    return serialize_keras_object(optimizer)


def deserialize(config, custom_objects=None):
    """The optimizer that a config describes. The names of Keras's own optimizers are not case-sensitive."""
    name = config.get("class_name") if isinstance(config, dict) else None
    if isinstance(name, str) and name.lower() in _BY_LOWER_NAME:
        config = {**config, "class_name": name.lower()}
    return deserialize_keras_object(config, module_objects=_BY_LOWER_NAME, custom_objects=custom_objects)


def get(identifier):
    """An optimizer from its name ("adam"), its config, or itself; None from None.

    Raises:
        ValueError: no optimizer has that name, or the identifier is of another type.
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        optimizer = deserialize(identifier)
        if isinstance(optimizer, Optimizer):
            return optimizer
    if isinstance(identifier, str):
        return _from_name(identifier)
    raise ValueError(
        f"Could not interpret optimizer identifier: {reprlib.repr(identifier)}. Use a name such as 'adam', an "
        "optimizer such as Adam(), or a config."
    )


def _from_name(name):
    if name.lower() in ("optimizer", "lossscaleoptimizer", "multioptimizer"):
        error = TypeError if name.lower() == "optimizer" else ValueError
        raise error(f"The optimizer {name!r} cannot be created from its name only: it needs arguments.")
    if name.lower() not in _BY_LOWER_NAME and get_registered_object(name) is None:
        raise ValueError(f"Unknown optimizer: {name!r}.{did_you_mean(name, _BY_LOWER_NAME)}")
    return deserialize({"class_name": name, "config": {}})
