"""From a name or a config to a regularizer, and back."""

import inspect

from minikeras.naming import to_snake_case
from minikeras.regularizers.norms import L1, L1L2, L2
from minikeras.regularizers.orthogonal import OrthogonalRegularizer
from minikeras.regularizers.regularizer import Regularizer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object, unknown_name

_CLASSES = (L1, L1L2, L2, OrthogonalRegularizer, Regularizer)
_BY_NAME = {name: cls for cls in _CLASSES for name in (cls.__name__, to_snake_case(cls.__name__))}


def serialize(regularizer):
    """{"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.01}, "registered_name": None}"""
    return serialize_keras_object(regularizer)


def deserialize(config, custom_objects=None):
    """The regularizer that a config describes."""
    found = deserialize_keras_object(
        config, module_objects=_BY_NAME, custom_objects=custom_objects, printable_module_name="regularizer"
    )
    return found() if inspect.isclass(found) else found


def get(identifier):
    """A regularizer from its name ("l2"), class, config, or itself; None from None.

    Raises:
        ValueError: no regularizer has that name, or it is something that cannot be called.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        if identifier not in _BY_NAME:
            raise unknown_name("regularizer", identifier, _BY_NAME)
        return _BY_NAME[identifier]()
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier() if inspect.isclass(identifier) else identifier
    raise ValueError(
        f"Could not interpret regularizer identifier: {identifier!r}. Use a name such as 'l2', a regularizer such as "
        "L2(0.01), or a function from a tensor to a scalar."
    )
