"""CIFAR-10: 60000 colour photographs of 32×32 pixels in 10 classes.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html
"""

from pathlib import Path

import numpy as np

from minikeras.datasets.file_formats import in_data_format, load_batch
from minikeras.utils import get_file

ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
TRAINING_FILES = [f"data_batch_{number}" for number in range(1, 6)]


def load_data():
    """((x_train, y_train), (x_test, y_test)).

    x: uint8 (50000, 32, 32, 3) and (10000, 32, 32, 3), 0 to 255; colours first if that is the configured data format.
    y: uint8 (50000, 1) and (10000, 1): 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse,
    8 ship, 9 truck.
    """
    path = get_file("cifar-10-batches-py-target", origin=ORIGIN, extract=True, file_hash=SHA256)
    folder = Path(path, "cifar-10-batches-py")
    return _load(folder, TRAINING_FILES), _load(folder, ["test_batch"])


def _load(folder, names):
    images, labels = zip(*(load_batch(folder / name) for name in names), strict=True)
    y = np.concatenate([np.array(part, dtype="uint8") for part in labels]).reshape(-1, 1)
    return in_data_format(np.concatenate(images)), y
