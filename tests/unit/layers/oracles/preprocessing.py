"""Rescaling and Normalization."""

import numpy as np

from tests.unit.layers.oracles.case import Case


def rescaling(x, scale=1.0, offset=0.0):
    """x · scale + offset; a list of numbers has one for each channel."""
    return x * np.array(scale) + np.array(offset)


def normalization(x, mean, variance, axis=-1, invert=False):
    """(x − mean) / √variance, or back; mean and variance for each index along the axis."""
    shape = [n if i == axis % x.ndim else 1 for i, n in enumerate(x.shape)]
    mean, deviation = np.reshape(mean, shape), np.sqrt(np.reshape(variance, shape))
    return x * deviation + mean if invert else (x - mean) / deviation


BACK = {"axis": 1, "invert": True}
CASES = [
    Case("Normalization", {"mean": [1.0, -2.0, 0.5], "variance": [4.0, 0.5, 2.0]}, ((2, 4, 3),), normalization),
    Case("Normalization", {"mean": [1.0, -2.0], "variance": [4.0, 0.5], **BACK}, ((3, 2, 4),), normalization),
    Case("Rescaling", {"scale": 1 / 127.5, "offset": -1.0}, ((2, 3, 4, 3),), rescaling),
    Case("Rescaling", {"scale": [0.5, 2.0, 3.0]}, ((2, 3),), rescaling),
]
