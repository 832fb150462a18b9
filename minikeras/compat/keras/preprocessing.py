"""`keras.preprocessing`: the data preparation of Keras 2 that `tf.keras` still has."""

from minikeras import utils
from minikeras.preprocessing import image, sequence, text

# Functions that Keras has here and in `keras.utils`: those of them that minikeras.utils has.
_FROM_UTILS = ("image_dataset_from_directory", "text_dataset_from_directory", "timeseries_dataset_from_array")

__all__ = ["image", "sequence", "text", *(name for name in _FROM_UTILS if name in utils.__all__)]


def __getattr__(name):
    if name in __all__:
        return getattr(utils, name)
    raise AttributeError(f"module 'keras.preprocessing' has no attribute {name!r} in minikeras", name=name)
