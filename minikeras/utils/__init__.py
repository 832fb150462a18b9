"""Keras's `keras.utils` namespace: `to_categorical`, `get_file`, `Progbar` and other utilities."""

from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.base.messages import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from minikeras.base.missing_names import explain_missing_names
from minikeras.data import PyDataset, pack_x_y_sample_weight, unpack_x_y_sample_weight
from minikeras.formats.image_files import array_to_img, img_to_array, load_img, save_img
from minikeras.random.global_seed import set_random_seed
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
from minikeras.utils import bounding_boxes, legacy
from minikeras.utils.audio_dataset import audio_dataset_from_directory
from minikeras.utils.cached_file import get_file
from minikeras.utils.config import Config
from minikeras.utils.dataset_splitting import split_dataset
from minikeras.utils.feature_space import FeatureSpace
from minikeras.utils.image_dataset import image_dataset_from_directory
from minikeras.utils.numerical import normalize, to_categorical
from minikeras.utils.on_demand import diagnosis
from minikeras.utils.plotting import model_to_dot, plot_model
from minikeras.utils.progbar import Progbar
from minikeras.utils.sequences import pad_sequences
from minikeras.utils.session import clear_session
from minikeras.utils.symbolic import get_source_inputs, is_keras_tensor
from minikeras.utils.text_dataset import text_dataset_from_directory
from minikeras.utils.timeseries_dataset import timeseries_dataset_from_array

Sequence = PyDataset

__all__ = [
    "Config",
    "CustomObjectScope",
    "FeatureSpace",
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "audio_dataset_from_directory",
    "bounding_boxes",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "detect_anomaly",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "gradcheck",
    "image_dataset_from_directory",
    "img_to_array",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "legacy",
    "load_img",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "standardize_dtype",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

_explain = explain_missing_names(__name__, __all__)


def __getattr__(name):
    """Load the functions that find mistakes on first use: most programs never need them."""
    if name in ("detect_anomaly", "gradcheck"):
        return getattr(diagnosis(), name)
    return _explain(name)


__getattr__.explains_missing_names = False  # see `explain_missing_names`
