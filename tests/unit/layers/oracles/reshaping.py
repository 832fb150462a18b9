"""Layers that give the same values another shape."""

import numpy as np

from tests.unit.layers.oracles.case import Case


def flatten(x, data_format="channels_last"):
    """All values of a sample in a row; channels that come first are moved to the end before."""
    if data_format == "channels_first":
        x = np.moveaxis(x, 1, -1)
    return np.array([sample.ravel() for sample in x])


def reshape(x, target_shape):
    """The same values in the same order; −1 is what is left over."""
    return np.array([sample.ravel().reshape(target_shape) for sample in x])


CASES = [
    Case("Flatten", {}, ((2, 3, 4, 2),), flatten),
    Case("Flatten", {"data_format": "channels_first"}, ((2, 3, 4, 2),), flatten),
    Case("Flatten", {}, ((3,),), lambda x: x.reshape(3, 1)),
    Case("Reshape", {"target_shape": (4, -1)}, ((2, 3, 4, 2),), reshape),
    Case("Reshape", {"target_shape": (6,)}, ((2, 3, 2),), reshape),
]
