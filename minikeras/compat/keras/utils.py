"""`keras.utils` as `tf.keras` has it: minikeras's, whose data sets are `tf.data.Dataset`s here."""

import functools

from minikeras import utils
from minikeras.compat.keras.additions import falls_back_to
from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.data.pipeline.stage import stage_of

__all__ = [
    "audio_dataset_from_directory",
    "image_dataset_from_directory",
    "split_dataset",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]


def _giving_tensorflow_datasets(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        result = function(*args, **kwargs)
        if isinstance(result, (list, tuple)):
            return type(result)(map(_as_tensorflow_dataset, result))
        return _as_tensorflow_dataset(result)

    return call


def _as_tensorflow_dataset(dataset):
    converted = Dataset(stage_of(dataset))
    for name in ("class_names", "file_paths"):
        if hasattr(dataset, name):
            setattr(converted, name, getattr(dataset, name))
    return converted


audio_dataset_from_directory = _giving_tensorflow_datasets(utils.audio_dataset_from_directory)
image_dataset_from_directory = _giving_tensorflow_datasets(utils.image_dataset_from_directory)
split_dataset = _giving_tensorflow_datasets(utils.split_dataset)
text_dataset_from_directory = _giving_tensorflow_datasets(utils.text_dataset_from_directory)
timeseries_dataset_from_array = _giving_tensorflow_datasets(utils.timeseries_dataset_from_array)

__getattr__, __dir__ = falls_back_to(utils, __all__)
