"""`tf.saved_model`: objects with their functions and variables in a folder, in TensorFlow's own format."""

import os

from minikeras.compat.tensorflow.loaded_functions import LoadedClasses
from minikeras.compat.tensorflow.saved_objects import save_object
from minikeras.layers import Layer
from minikeras.saved_model.loading import load_saved_model
from minikeras.saved_model.messages import FILE, SCHEMA

__all__ = [
    "ASSETS_DIRECTORY",
    "ASSETS_KEY",
    "CLASSIFY_INPUTS",
    "CLASSIFY_METHOD_NAME",
    "CLASSIFY_OUTPUT_CLASSES",
    "CLASSIFY_OUTPUT_SCORES",
    "DEBUG_DIRECTORY",
    "DEBUG_INFO_FILENAME_PB",
    "DEFAULT_SERVING_SIGNATURE_DEF_KEY",
    "GPU",
    "PREDICT_INPUTS",
    "PREDICT_METHOD_NAME",
    "PREDICT_OUTPUTS",
    "REGRESS_INPUTS",
    "REGRESS_METHOD_NAME",
    "REGRESS_OUTPUTS",
    "SAVED_MODEL_FILENAME_PB",
    "SAVED_MODEL_FILENAME_PBTXT",
    "SAVED_MODEL_SCHEMA_VERSION",
    "SERVING",
    "TPU",
    "TRAINING",
    "VARIABLES_DIRECTORY",
    "VARIABLES_FILENAME",
    "LoadOptions",
    "SaveOptions",
    "contains_saved_model",
    "load",
    "save",
]

# tags of graphs
SERVING, TRAINING, GPU, TPU = "serve", "train", "gpu", "tpu"

# names in a folder
SAVED_MODEL_FILENAME_PB, SAVED_MODEL_FILENAME_PBTXT, SAVED_MODEL_SCHEMA_VERSION = FILE, f"{FILE}txt", SCHEMA
ASSETS_DIRECTORY, ASSETS_KEY = "assets", "saved_model_assets"
VARIABLES_DIRECTORY, VARIABLES_FILENAME = "variables", "variables"
DEBUG_DIRECTORY, DEBUG_INFO_FILENAME_PB = "debug", "saved_model_debug_info.pb"

# names of signatures, of what they do, of arguments and results
DEFAULT_SERVING_SIGNATURE_DEF_KEY = "serving_default"
CLASSIFY_METHOD_NAME, PREDICT_METHOD_NAME, REGRESS_METHOD_NAME = (
    f"tensorflow/serving/{word}" for word in ("classify", "predict", "regress")
)
CLASSIFY_INPUTS = PREDICT_INPUTS = REGRESS_INPUTS = "inputs"
PREDICT_OUTPUTS = REGRESS_OUTPUTS = "outputs"
CLASSIFY_OUTPUT_CLASSES, CLASSIFY_OUTPUT_SCORES = "classes", "scores"


class SaveOptions:
    """Options for writing a SavedModel.

    Args:
        options: `function_aliases`, {name: function}, are written. Others are stored only.
    """

    def __init__(self, **options):
        vars(self).update(options)


class LoadOptions:
    """Options for reading a SavedModel.

    Args:
        experimental_io_device: from which machine to read; without effect, there is one.
        experimental_load_function_aliases: whether what is loaded has `function_aliases`, those of `SaveOptions`.
        allow_partial_checkpoint, experimental_skip_checkpoint, experimental_variable_policy: as they are by default;
            others are refused.

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
        without = ("experimental_io_device", "experimental_load_function_aliases")
        asked = [name for name, value in vars(self).items() if value and name not in without]
        if asked:
            raise NotImplementedError(
                f"A SavedModel is read here with the values of all its variables. Received: {asked[0]}="
                f"{getattr(self, asked[0])!r}. Leave it out."
            )


def contains_saved_model(export_dir):
    """Whether a folder holds a SavedModel."""
    names = SAVED_MODEL_FILENAME_PB, SAVED_MODEL_FILENAME_PBTXT
    return any(os.path.exists(os.path.join(os.fspath(export_dir), name)) for name in names)


def save(obj, export_dir, signatures=None, options=None):
    """Write an object as a SavedModel, which TensorFlow loads and serves as well.

    A Keras model serves its inference as "serving_default". Other objects keep their Variables, lists, dicts, and those
    `tf.function`s that have an `input_signature` or have been called.

    Args:
        obj: a Keras layer or model, a `tf.Module`, or an object with such attributes.
        export_dir: the folder.
        signatures: a `tf.function` or concrete function to be served, or a dict of them by name.
        options: `SaveOptions`; of them, `function_aliases` are written.

    Raises:
        ValueError: a function does what cannot be expressed; there is nothing to save; or an alias is for a function
            that is not saved.
        TypeError: a signature is no function.
    """
    if not isinstance(obj, Layer) and not hasattr(obj, "__dict__"):
        raise ValueError(f"`tf.saved_model.save` takes a Keras model, or an object with attributes. Received: {obj!r}")
    save_object(obj, export_dir, signatures, getattr(options, "function_aliases", None))


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
    with_aliases = options is not None and options.experimental_load_function_aliases
    return load_saved_model(export_dir, tags, LoadedClasses, with_aliases)
