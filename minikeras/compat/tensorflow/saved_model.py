"""`tf.saved_model`: a Keras model in a folder. It holds a `.keras` file, not one of TensorFlow's graphs.

TensorFlow's own SavedModels are graphs, which minikeras neither writes nor reads.
"""

import os

from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow.loaded_functions import LoadedClasses
from minikeras.models import Model
from minikeras.saved_model.loading import load_saved_model
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
    """Options for reading a SavedModel.

    Args:
        experimental_io_device: from which machine to read; without effect, there is one.
        allow_partial_checkpoint, experimental_skip_checkpoint, experimental_variable_policy,
            experimental_load_function_aliases: as they are by default; others are refused.

    Raises:
        NotImplementedError: another of those.
    """

    def __init__(
        self,
        allow_partial_checkpoint=False,
        experimental_io_device=None,
        experimental_skip_checkpoint=False,
        experimental_variable_policy=None,
        experimental_load_function_aliases=False,
    ):
        self.allow_partial_checkpoint = allow_partial_checkpoint
        self.experimental_io_device = experimental_io_device
        self.experimental_skip_checkpoint = experimental_skip_checkpoint
        self.experimental_variable_policy = experimental_variable_policy
        self.experimental_load_function_aliases = experimental_load_function_aliases
        asked = [name for name, value in vars(self).items() if value and name != "experimental_io_device"]
        if asked:
            raise NotImplementedError(
                f"A SavedModel is read here with the values of all its variables. Received: {asked[0]}="
                f"{getattr(self, asked[0])!r}. Leave it out."
            )


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
    """The object that was saved: its functions are attributes, `signatures` has what is served by name.

        loaded = tf.saved_model.load("exported")
        loaded.serve(x)                                              # of `model.export`
        loaded.signatures["serving_default"](keras_tensor=x)         # tensors by name, a dict of results

    Graphs are run by minikeras's ops: docs/saved_model.md says which operations of TensorFlow there are.

    Args:
        export_dir: the folder.
        tags: a string or list of them, of the graph, if there are several.
        options: `LoadOptions`.

    Raises:
        OSError: there is no SavedModel in the folder, or it is damaged.
        ValueError: it has no graph with these tags.
        UnimplementedError: TensorFlow 1 wrote it.
        TypeError: `options` are no `LoadOptions`.
    """
    if options is not None and not isinstance(options, LoadOptions):
        raise TypeError(f"`options` must be a `tf.saved_model.LoadOptions` or None. Received: {options!r}")
    path = os.path.join(os.fspath(export_dir), _MODEL_FILE)
    if os.path.exists(path):
        return LoadedModel(load_model(path))
    return load_saved_model(export_dir, tags, LoadedClasses)


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
