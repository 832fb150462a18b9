"""MNIST: 70000 handwritten digits of 28×28 pixels.

Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits"; CC BY-SA 3.0.
"""

import numpy as np

from minikeras.datasets.file_formats import KERAS_FILES
from minikeras.utils import get_file

SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path="mnist.npz"):
    """((x_train, y_train), (x_test, y_test)).

    x: uint8 (60000, 28, 28) and (10000, 28, 28), 0 to 255. y: uint8 (60000,) and (10000,), the digits 0 to 9.

    Args:
        path: Name of the file in the cache folder, where it is stored on first use.
    """
    path = get_file(path, origin=KERAS_FILES + "mnist.npz", file_hash=SHA256)
    with np.load(path, allow_pickle=False) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
