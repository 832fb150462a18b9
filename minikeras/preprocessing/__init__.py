"""Preprocessing in the style of Keras 2: image augmentation, words as indices, windows of time series.

In `tf.keras` it is still `keras.preprocessing`. Keras 3 recommends `tf.data` and preprocessing layers instead.
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
