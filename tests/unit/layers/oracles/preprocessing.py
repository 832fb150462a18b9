"""Rescaling."""

import numpy as np

from tests.unit.layers.oracles.case import Case


def rescaling(x, scale=1.0, offset=0.0):
    """x · scale + offset; a list of numbers has one for each channel."""
    return x * np.array(scale) + np.array(offset)


CASES = [
    Case("Rescaling", {"scale": 1 / 127.5, "offset": -1.0}, ((2, 3, 4, 3),), rescaling),
    Case("Rescaling", {"scale": [0.5, 2.0, 3.0]}, ((2, 3),), rescaling),
]
