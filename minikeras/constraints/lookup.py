"""From a name or a config to a constraint, and back."""

import inspect

from minikeras.constraints.constraint import Constraint
from minikeras.constraints.non_neg import NonNeg
from minikeras.constraints.norms import MaxNorm, MinMaxNorm, UnitNorm
from minikeras.naming import to_snake_case
from minikeras.serialization import deserialize_keras_object, object_from, serialize_keras_object

_CLASSES = (Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm)
_BY_NAME = {name: cls for cls in _CLASSES for name in (cls.__name__, to_snake_case(cls.__name__))}
_HINT = "Use a name such as 'max_norm', a constraint such as MaxNorm(2), or a function from a tensor to a tensor."


def serialize(constraint):
    """{"module": "keras.constraints", "class_name": "UnitNorm", "config": {"axis": 0}, "registered_name": None}"""
    return serialize_keras_object(constraint)


def deserialize(config, custom_objects=None):
    """The constraint that a config describes."""
    found = deserialize_keras_object(
        config, module_objects=_BY_NAME, custom_objects=custom_objects, printable_module_name="constraint"
    )
    return found() if inspect.isclass(found) else found


def get(identifier):
    """A constraint from its name ("max_norm"), class, config, or itself; None from None.

    Raises:
        ValueError: no constraint has that name, or it is something that cannot be called.
    """
    return object_from(identifier, "constraint", _BY_NAME, deserialize, _HINT)
