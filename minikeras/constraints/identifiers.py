"""Conversion between constraints and their names or configs."""

from minikeras.serialization import serialize_keras_object
from minikeras.serialization.kinds import Kind, classes_of

_HINT = "Use a name such as 'max_norm', a constraint such as MaxNorm(2), or a function from a tensor to a tensor."
_CONSTRAINTS = Kind("constraint", _HINT)


def register_exports(exports):
    """Register the names that `get` accepts: `exports` is the dict of what `minikeras.constraints` exports."""
    _CONSTRAINTS.register(classes_of(exports))


def serialize(constraint):
    """{"module": "keras.constraints", "class_name": "UnitNorm", "config": {"axis": 0}, "registered_name": None}"""
    return serialize_keras_object(constraint)


def deserialize(config, custom_objects=None):
    """The constraint that a config describes."""
    return _CONSTRAINTS.deserialize(config, custom_objects)


def get(identifier):
    """A constraint from its name ("max_norm"), class, config, or itself; None from None.

    Raises:
        ValueError: no constraint has that name, or it is something that cannot be called.
    """
    return _CONSTRAINTS.get(identifier)
