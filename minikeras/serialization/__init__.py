"""Objects to JSON-ready dicts and back, in the form of Keras's files.

    {"module": "keras.layers", "class_name": "Dense", "config": {…}, "registered_name": None}

`writing.py` makes such a dict, `reading.py` makes the object of it (`legacy_format.py` both, in the form of Keras 2);
`identifiers.py` takes names as well. What a dict may name is in a table of the public parts of models (`registry.py`;
of ops, `op_names.py`): `minikeras.layers.Dense` is found as "keras.layers" / "Dense". A class of the user's own is
found if it is in `custom_objects`, in an open `CustomObjectScope`, or registered by `register_keras_serializable`
(`custom_objects.py`). Nothing in a config is ever executed: a lambda is refused unless `safe_mode=False` (`trust.py`,
`lambdas.py`). Scopes hold for one thread (`open_scopes.py`). `minikeras/limits.py` limits how large a config may be,
and what it may ask for.
"""

__replay__ = "computes"

from minikeras.serialization.custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from minikeras.serialization.identifiers import object_from, unknown_name
from minikeras.serialization.lambdas import RefusedLambdaError, deserialize_lambda, serialize_lambda
from minikeras.serialization.reading import FUNCTION_KINDS, deserialize_keras_object
from minikeras.serialization.trust import SafeMode, in_safe_mode
from minikeras.serialization.writing import constructor_config, dtype_config, function_config, serialize_keras_object

__all__ = [
    "FUNCTION_KINDS",
    "CustomObjectScope",
    "RefusedLambdaError",
    "SafeMode",
    "constructor_config",
    "custom_object_scope",
    "deserialize_keras_object",
    "deserialize_lambda",
    "dtype_config",
    "function_config",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "in_safe_mode",
    "object_from",
    "register_keras_serializable",
    "serialize_keras_object",
    "serialize_lambda",
    "unknown_name",
]
