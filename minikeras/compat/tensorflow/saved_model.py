"""`tf.saved_model`: a Keras model in a folder. It holds a `.keras` file, not one of TensorFlow's graphs.

TensorFlow's own SavedModels are graphs, which minikeras neither writes nor reads.
"""

import os

from minikeras.autodiff import Tensor
from minikeras.models import Model
from minikeras.saving import load_model

__all__ = [
    "ASSETS_DIRECTORY",
    "DEFAULT_SERVING_SIGNATURE_DEF_KEY",
    "SERVING",
    "TRAINING",
    "VARIABLES_DIRECTORY",
    "LoadOptions",
    "SaveOptions",
    "contains_saved_model",
    "load",
    "save",
]

SERVING, TRAINING = "serve", "train"
DEFAULT_SERVING_SIGNATURE_DEF_KEY = "serving_default"
ASSETS_DIRECTORY, VARIABLES_DIRECTORY = "assets", "variables"
_MODEL_FILE = "saved_model.keras"  # in the folder


class SaveOptions:
    """Options for writing a SavedModel; stored only."""

    def __init__(self, **options):
        vars(self).update(options)


class LoadOptions:
    """Options for reading a SavedModel; stored only."""

    def __init__(self, **options):
        vars(self).update(options)


def contains_saved_model(export_dir):
    """Whether a folder holds a SavedModel."""
    names = ("saved_model.pb", "saved_model.pbtxt", _MODEL_FILE)
    return any(os.path.exists(os.path.join(os.fspath(export_dir), name)) for name in names)


def save(obj, export_dir, signatures=None, options=None):
    """Write a Keras model to a folder.

    Raises:
        NotImplementedError: it is no Keras model, or has signatures of its own.
    """
    if not isinstance(obj, Model) or signatures is not None:
        raise NotImplementedError(
            "Only a Keras model can be saved here, without `signatures`: other SavedModels hold a TensorFlow graph, "
            "and minikeras has none. Save other objects with `tf.train.Checkpoint`."
        )
    os.makedirs(export_dir, exist_ok=True)
    obj.save(os.path.join(os.fspath(export_dir), _MODEL_FILE))


def load(export_dir, tags=None, options=None):
    """What `save` has written, as a `LoadedModel`.

    Raises:
        NotImplementedError: the folder holds one of TensorFlow's graphs.
        OSError: there is no model in the folder.
    """
    path = os.path.join(os.fspath(export_dir), _MODEL_FILE)
    if os.path.exists(path):
        return LoadedModel(load_model(path))
    if contains_saved_model(export_dir):
        raise NotImplementedError(
            "This SavedModel holds a TensorFlow graph, which minikeras cannot run. Save the model as a `.keras` file "
            "where TensorFlow is installed, and load that with `keras.models.load_model`."
        )
    raise OSError(f"There is no SavedModel in {os.fspath(export_dir)!r}.")


class LoadedModel:
    """A model read from a folder: it can be called, and has variables and the signature "serving_default".

    Args:
        model: the Keras model.
    """

    def __init__(self, model):
        self._model = model
        self.variables, self.trainable_variables = model.variables, model.trainable_variables
        self.signatures = {DEFAULT_SERVING_SIGNATURE_DEF_KEY: self._serve}

    def __call__(self, inputs, training=False, mask=None):
        """The model's outputs."""
        return self._model(inputs, training=training)

    def _serve(self, *inputs, **named):
        """The outputs in a dict, of inputs given by position or by name."""
        outputs = self._model(inputs[0] if len(inputs) == 1 else named or list(inputs), training=False)
        if isinstance(outputs, dict):
            return outputs
        outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
        return {f"output_{i}": output for i, output in enumerate(outputs)}
