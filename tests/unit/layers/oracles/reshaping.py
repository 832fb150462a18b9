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


def permute(x, dims):
    """Axis j of each sample is axis `dims[j]` − 1 of the input's sample."""
    axes = [axis - 1 for axis in dims]
    return np.array([np.einsum(sample, list(range(sample.ndim)), axes) for sample in x])


def repeat_vector(x, n):
    """Each row n times."""
    return np.array([[row for _ in range(n)] for row in x])


CASES = [
    Case("Permute", {"dims": (2, 1)}, ((2, 3, 4),), permute),
    Case("Permute", {"dims": (3, 1, 2)}, ((2, 3, 4, 2),), permute),
    Case("RepeatVector", {"n": 3}, ((2, 4),), repeat_vector),
    Case("Flatten", {}, ((2, 3, 4, 2),), flatten),
    Case("Flatten", {"data_format": "channels_first"}, ((2, 3, 4, 2),), flatten),
    Case("Flatten", {}, ((3,),), lambda x: x.reshape(3, 1)),
    Case("Reshape", {"target_shape": (4, -1)}, ((2, 3, 4, 2),), reshape),
    Case("Reshape", {"target_shape": (6,)}, ((2, 3, 2),), reshape),
]
