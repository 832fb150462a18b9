"""The file format of CIFAR-10 and CIFAR-100: pickled dicts with the images as rows of 3072 bytes."""

from minikeras.config import image_data_format
from minikeras.datasets.npz import ArrayUnpickler


def load_batch(path, label_key="labels"):
    """(images, labels) of one file: uint8 (n, 3, 32, 32), red, green and blue first; a list of n numbers."""
    with open(path, "rb") as file:
        content = ArrayUnpickler(file, encoding="bytes").load()
    images = content[b"data"]
    return images.reshape(len(images), 3, 32, 32), content[label_key.encode()]


def in_data_format(images):
    """The images with the colours last, unless `keras.config.image_data_format()` is "channels_first"."""
    return images.transpose(0, 2, 3, 1) if image_data_format() == "channels_last" else images
