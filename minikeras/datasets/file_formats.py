"""Reads the files of Keras's data sets from Keras's folder: npz, IDX of Fashion-MNIST, CIFAR's pickled dicts."""

import gzip
import math
import pickle
import zipfile

import numpy as np

from minikeras.config import image_data_format

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

_RECONSTRUCT = np.empty(0).__reduce__()[0]  # the function that a pickled array calls first

ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,  # as written by NumPy 1
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,  # as written by NumPy 2
}


class ArrayUnpickler(pickle.Unpickler):
    """Reads numbers, texts, lists, dicts and NumPy arrays from a pickle, and nothing else."""

    def find_class(self, module, name):
        """The function or class that a pickle calls `module.name`.

        Raises:
            pickle.UnpicklingError: arrays do not need it.
        """
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(
                f"Refusing to load `{module}.{name}` from a file of data: the file is damaged or malicious. "
                "Delete it and fetch it again."
            )
        return ALLOWED[module, name]


def load_npz(path):
    """{name: array} of an .npz file, arrays of Python lists (dtype object) included."""
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy"): _load_npy(archive, name) for name in archive.namelist()}


def _load_npy(archive, name):
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(file)
        if dtype.hasobject:
            return ArrayUnpickler(file).load().reshape(shape)
    with archive.open(name) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


UINT8 = 8


def read_idx(path):
    """The array, uint8, in a gzipped IDX file.

    Raises:
        ValueError: the file has another format, or a different length than its header says.
    """
    with gzip.open(path, "rb") as file:
        data = file.read()
    axes = data[3] if len(data) > 3 else 0
    start = 4 + 4 * axes
    shape = tuple(int(size) for size in np.frombuffer(data[4:start], dtype=">u4"))
    if data[:3] != bytes([0, 0, UINT8]) or len(shape) != axes or len(data) != start + math.prod(shape):
        raise ValueError(f"The file {path} is not an IDX file of uint8, or is damaged. Delete it and fetch it again.")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def load_batch(path, label_key="labels"):
    """(images, labels) of one file: uint8 (n, 3, 32, 32), red, green and blue first; a list of n numbers."""
    with open(path, "rb") as file:
        content = ArrayUnpickler(file, encoding="bytes").load()
    images = content[b"data"]
    return images.reshape(len(images), 3, 32, 32), content[label_key.encode()]


def in_data_format(images):
    """The images with the colours last, unless `keras.config.image_data_format()` is "channels_first"."""
    return images.transpose(0, 2, 3, 1) if image_data_format() == "channels_last" else images
