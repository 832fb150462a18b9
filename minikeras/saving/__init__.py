"""Models and weights in files, and the serialization of objects that files are made of.

`files.py` is the way in: by the ending of the name. Each format has a file of its own: `keras_archive.py`,
`weights_h5.py`, `sharded_weights.py`, `npz_weights.py`, `legacy_h5.py` (whose configs are in Keras 2's words:
`legacy_config.py`). `traversal.py` defines what a model's state is and where a file keeps it. `stored_state.py` reads
it and compares it with the model, and `state.py` sets it, when all of it is known to fit. The package `minikeras.files`
reads the bytes, which may be damaged or hostile, and writes files atomically. `file_editor.py` is for looking into
files and changing them; `minikeras inspect` and `diff` print what `inspection.py`, `findings.py` and
`file_differences.py` find.
"""

from minikeras.missing_names import explain_missing_names
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
