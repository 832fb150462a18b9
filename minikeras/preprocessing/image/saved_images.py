"""Changed images written to a folder, to inspect augmentation."""

# ruff: noqa: NPY002 — Keras draws from NumPy's global generator

import os

import numpy as np

from minikeras.utils import array_to_img


def save_batch(images, numbers, iterator, names):
    """Write each image as "prefix_number_random.format" into the iterator's `save_to_dir`, if it has one.

    Args:
        numbers: the images' numbers in the data.
        names: range of the random numbers in the file's name.
    """
    if not iterator.save_to_dir:
        return
    for image, number in zip(images, numbers, strict=True):
        name = f"{iterator.save_prefix}_{number}_{np.random.randint(names)}.{iterator.save_format}"
        array_to_img(image, iterator.data_format, scale=True).save(os.path.join(iterator.save_to_dir, name))
