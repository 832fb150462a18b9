"""CIFAR-100: 60000 colour photographs of 32×32 pixels in 100 classes, grouped into 20 coarse ones.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html
"""

from pathlib import Path

import numpy as np

from minikeras.base.suggestions import did_you_mean
from minikeras.datasets.file_formats import in_data_format, load_batch
from minikeras.utils import get_file

ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
SHA256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
LABEL_MODES = ("fine", "coarse")


def load_data(label_mode="fine"):
    """((x_train, y_train), (x_test, y_test)).

    x: uint8 (50000, 32, 32, 3) and (10000, 32, 32, 3), 0 to 255; colours first if that is the configured data format.
    y: int64 (50000, 1) and (10000, 1).

    Args:
        label_mode: "fine" for the 100 classes, "coarse" for the 20.
    """
    if label_mode not in LABEL_MODES:
        raise ValueError(
            f"`label_mode` must be one of {LABEL_MODES}. Received: label_mode={label_mode!r}."
            f"{did_you_mean(label_mode, LABEL_MODES)}"
        )
    path = get_file("cifar-100-python-target", origin=ORIGIN, extract=True, file_hash=SHA256)
    folder = Path(path, "cifar-100-python")
    return _load(folder / "train", label_mode), _load(folder / "test", label_mode)


def _load(path, label_mode):
    images, labels = load_batch(path, f"{label_mode}_labels")
    return in_data_format(images), np.reshape(labels, (-1, 1))
