"""Saving and loading of models and weights.

The entry point is `files.py`, which selects the format by the ending of the name. Each format has its own file:
`keras_archive.py`, `weights_h5.py`, `sharded_weights.py`, `npz_weights.py`, `legacy_h5.py` (with configs in the form of
Keras 2: `legacy_config.py`). `traversal.py` defines what a model's state is, and under which paths files store it.
`stored_state.py` reads it and compares it with the model, and `state.py` sets it once all of it is known to match. The
package `minikeras.formats` reads the bytes, which may be damaged or hostile, and writes files atomically.
`file_editor.py` inspects and edits files; `minikeras inspect` and `diff` print the results of `inspection.py`,
`findings.py` and `file_differences.py`.
"""

from minikeras.base.missing_names import explain_missing_names
from minikeras.saving.file_editor import KerasFileEditor
from minikeras.saving.files import load_model, load_weights, save_model, save_weights
from minikeras.serialization import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)

__all__ = [
    "CustomObjectScope",
    "KerasFileEditor",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]

__getattr__ = explain_missing_names(__name__, __all__)
