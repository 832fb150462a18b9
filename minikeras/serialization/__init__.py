"""Converts objects to JSON-ready dicts and back, in the form of Keras's files.

    {"module": "keras.layers", "class_name": "Dense", "config": {…}, "registered_name": None}

`writing.py` makes such a dict and `reading.py` the object from it (`legacy_format.py` does both in the form of Keras
2); `identifiers.py` also accepts names (`kinds.py`: of losses, constraints, …). A dict may name only the public parts
of models, which a table lists (`registry.py`; for ops, `op_names.py`): `minikeras.layers.Dense` is found as
"keras.layers" / "Dense". A user's own class is found if it is in `custom_objects`, in an open `CustomObjectScope`, or
registered by `register_keras_serializable` (`custom_objects.py`). Nothing in a config is ever executed: a lambda is
refused unless `safe_mode=False` (`trust.py`, `lambdas.py`). Scopes hold for one thread (`open_scopes.py`).
`minikeras/base/limits.py` limits the size of a config and of what it may request.
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
