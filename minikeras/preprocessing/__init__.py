"""Preparation of data in the style of Keras 2: images changed at random, words as numbers, windows of series.

`tf.keras` still has it as `keras.preprocessing`. Keras 3 recommends `tf.data` and preprocessing layers instead.
"""

from minikeras.preprocessing import image, sequence, text
from minikeras.utils import image_dataset_from_directory, text_dataset_from_directory, timeseries_dataset_from_array

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]
