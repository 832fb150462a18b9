"""`tf.saved_model`: graphs in TensorFlow's format, which minikeras neither writes nor reads."""

import os

__all__ = [
    "DEFAULT_SERVING_SIGNATURE_DEF_KEY",
    "SERVING",
    "TRAINING",
    "LoadOptions",
    "SaveOptions",
    "contains_saved_model",
    "load",
    "save",
]

SERVING, TRAINING = "serve", "train"
DEFAULT_SERVING_SIGNATURE_DEF_KEY = "serving_default"


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
    names = ("saved_model.pb", "saved_model.pbtxt")
    return any(os.path.exists(os.path.join(os.fspath(export_dir), name)) for name in names)


def save(obj, export_dir, signatures=None, options=None):
    """Not available.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(
        "A SavedModel holds a TensorFlow graph, and minikeras has none. Save a model with `model.save('name.keras')` "
        "or `model.save_weights(…)`, other objects with `tf.train.Checkpoint`."
    )


def load(export_dir, tags=None, options=None):
    """Not available.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(
        "A SavedModel holds a TensorFlow graph, which minikeras cannot run. Save the model as a `.keras` file where "
        "TensorFlow is installed, and load that with `keras.models.load_model`."
    )
