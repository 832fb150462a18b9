"""From a name or a config to a regularizer, and back."""

import inspect

from minikeras.naming import to_snake_case
from minikeras.regularizers.norms import L1, L1L2, L2
from minikeras.regularizers.orthogonal import OrthogonalRegularizer
from minikeras.regularizers.regularizer import Regularizer
from minikeras.serialization import deserialize_keras_object, object_from, serialize_keras_object

_CLASSES = (L1, L1L2, L2, OrthogonalRegularizer, Regularizer)
_BY_NAME = {name: cls for cls in _CLASSES for name in (cls.__name__, to_snake_case(cls.__name__))}
_HINT = "Use a name such as 'l2', a regularizer such as L2(0.01), or a function from a tensor to a scalar."


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
    return object_from(identifier, "regularizer", _BY_NAME, deserialize, _HINT)
