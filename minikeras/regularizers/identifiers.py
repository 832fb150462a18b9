"""Conversion between regularizers and their names or configs."""

from minikeras.serialization import serialize_keras_object
from minikeras.serialization.kinds import Kind, classes_of

_HINT = "Use a name such as 'l2', a regularizer such as L2(0.01), or a function from a tensor to a scalar."
_REGULARIZERS = Kind("regularizer", _HINT)


def register_exports(exports):
    """Register the names that `get` accepts: `exports` is the dict of what `minikeras.regularizers` exports."""
    _REGULARIZERS.register(classes_of(exports))


def serialize(regularizer):
    """{"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.01}, "registered_name": None}"""
    return serialize_keras_object(regularizer)


def deserialize(config, custom_objects=None):
    """The regularizer that a config describes."""
    return _REGULARIZERS.deserialize(config, custom_objects)


def get(identifier):
    """A regularizer from its name ("l2"), class, config, or itself; None from None.

    Raises:
        ValueError: no regularizer has that name, or it is something that cannot be called.
    """
    return _REGULARIZERS.get(identifier)
