"""1797 handwritten digits of 8×8 pixels, part of the package: the data for a first network.

Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository 1998, CC BY 4.0.
Keras has no such data set. Source and licence in full: digits.txt next to this file.
"""

from pathlib import Path

import numpy as np

from minikeras.datasets.splitting import check_test_split, shuffle_and_split

PATH = Path(__file__).with_name("digits.npz")


def load_data(test_split=0.2, seed=113):
    """((x_train, y_train), (x_test, y_test)).

    x: uint8 (n, 8, 8), 0 (white) to 16 (black). y: uint8 (n,), the digits 0 to 9.

    Args:
        test_split: Fraction of the 1797 samples that become test data, 0 ≤ test_split < 1.
        seed: Seed of the order of the samples.
    """
    with np.load(PATH, allow_pickle=False) as arrays:
        x, y = arrays["x"], arrays["y"]
    check_test_split(test_split)
    return shuffle_and_split(x, y, test_split, seed)
