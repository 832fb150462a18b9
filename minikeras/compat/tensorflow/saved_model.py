"""`tf.saved_model`: objects with their functions and variables in a folder, in TensorFlow's own format."""

import os

from minikeras.compat.tensorflow.loaded_functions import LoadedClasses
from minikeras.compat.tensorflow.saved_objects import save_object
from minikeras.formats.saved_model.loading import load_saved_model
from minikeras.formats.saved_model.messages import FILE, SCHEMA
from minikeras.layers import Layer

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
        function_aliases: {name: function}, names that are written with the functions.
        namespace_whitelist, save_debug_info, experimental_debug_stripper, experimental_io_device,
            experimental_custom_gradients: without effect. There are no operations of other namespaces, no debugging
            information, one machine, and no custom gradients in what is written.
        experimental_variable_policy, experimental_image_format, experimental_skip_saver,
            experimental_sharding_callback, extra_tags: as they are by default; others are refused.

    Raises:
        NotImplementedError: another of those.
    """

    def __init__(
        self,
        namespace_whitelist=None,
        save_debug_info=False,
        function_aliases=None,
        experimental_debug_stripper=False,
        experimental_io_device=None,
        experimental_variable_policy=None,
        experimental_custom_gradients=True,
        experimental_image_format=False,
        experimental_skip_saver=False,
        experimental_sharding_callback=None,
        extra_tags=None,
    ):
        self.namespace_whitelist, self.save_debug_info = namespace_whitelist, save_debug_info
        self.function_aliases = function_aliases or {}
        self.experimental_debug_stripper = experimental_debug_stripper
        self.experimental_io_device = experimental_io_device
        self.experimental_custom_gradients = experimental_custom_gradients
        only_default = {
            "experimental_variable_policy": experimental_variable_policy,
            "experimental_image_format": experimental_image_format,
            "experimental_skip_saver": experimental_skip_saver,
            "experimental_sharding_callback": experimental_sharding_callback,
            "extra_tags": extra_tags,
        }
        vars(self).update(only_default)
        _refuse(only_default, "A SavedModel is written here in one file of variables, with the tag 'serve'")


class LoadOptions:
    """Options for reading a SavedModel.

    Args:
        experimental_io_device: from which machine to read; without effect, there is one.
        experimental_load_function_aliases: whether the loaded object has `function_aliases`, those of `SaveOptions`.
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
        only_default = {
            "allow_partial_checkpoint": allow_partial_checkpoint,
            "experimental_skip_checkpoint": experimental_skip_checkpoint,
            "experimental_variable_policy": experimental_variable_policy,
        }
        _refuse(only_default, "A SavedModel is read here with the values of all its variables")


def _refuse(options, reason):
    """Raise a NotImplementedError if one of these options, a dict, is given."""
    for name, value in options.items():
        if value:
            raise NotImplementedError(f"{reason}. Received: {name}={value!r}. Leave it out.")


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
        TypeError: a signature is not a function.
    """
    if not isinstance(obj, Layer) and not hasattr(obj, "__dict__"):
        raise ValueError(f"`tf.saved_model.save` takes a Keras model, or an object with attributes. Received: {obj!r}")
    save_object(obj, export_dir, signatures, getattr(options, "function_aliases", None))


def load(export_dir, tags=None, options=None):
    """The saved object, with its functions as attributes, and `signatures` with the functions to serve by name.

        loaded = tf.saved_model.load("exported")
        loaded.serve(x)                                              # of `model.export`
        loaded.signatures["serving_default"](keras_tensor=x)         # tensors by name, a dict of results

    Graphs are run by minikeras's ops: docs/saved_model.md lists the supported operations of TensorFlow.

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
