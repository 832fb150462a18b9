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


def up_sampling(x, size=2, interpolation="nearest"):
    """Each place of the output takes the place whose numbers are its own, divided by the factors and cut."""
    factors = (size,) * (x.ndim - 2) if isinstance(size, int) else size
    result = np.zeros((len(x), *[n * f for n, f in zip(x.shape[1:-1], factors, strict=True)], x.shape[-1]))
    for place in np.ndindex(result.shape[1:-1]):
        source = tuple(i // f for i, f in zip(place, factors, strict=True))
        result[(slice(None), *place)] = x[(slice(None), *source)]
    return result


def bilinear(x, size, interpolation):
    """Each place lies over (i + ½) / size − ½ of the input, between two pixels of each side, at the edge over one."""
    result = np.zeros((len(x), x.shape[1] * size[0], x.shape[2] * size[1], x.shape[3]))
    for i, j in np.ndindex(result.shape[1:3]):
        for row, row_weight in _neighbours((i + 0.5) / size[0] - 0.5, x.shape[1]):
            for column, weight in _neighbours((j + 0.5) / size[1] - 0.5, x.shape[2]):
                result[:, i, j] += row_weight * weight * x[:, row, column]
    return result


def _neighbours(place, length):
    """[(index, weight)] of the two pixels around a place."""
    low = int(np.floor(place))
    return [(min(max(low + k, 0), length - 1), weight) for k, weight in ((0, 1 - place + low), (1, place - low))]


def zero_padding(x, padding):
    """Zeros, and x in their midst."""
    pairs = _pairs(padding, x.ndim - 2)
    result = np.zeros((len(x), *[n + a + b for n, (a, b) in zip(x.shape[1:-1], pairs, strict=True)], x.shape[-1]))
    for place in np.ndindex(x.shape[1:-1]):
        result[(slice(None), *[i + a for i, (a, _) in zip(place, pairs, strict=True)])] = x[(slice(None), *place)]
    return result


def cropping(x, cropping):
    """What is between the ends."""
    pairs = _pairs(cropping, x.ndim - 2)
    result = np.zeros((len(x), *[n - a - b for n, (a, b) in zip(x.shape[1:-1], pairs, strict=True)], x.shape[-1]))
    for place in np.ndindex(result.shape[1:-1]):
        result[(slice(None), *place)] = x[(slice(None), *[i + a for i, (a, _) in zip(place, pairs, strict=True)])]
    return result


def _pairs(value, rank):
    """(before, after) for each axis; one axis has one pair for itself."""
    pairs = [value] if rank == 1 else value
    return [(pair, pair) if isinstance(pair, int) else pair for pair in pairs]


CASES = [
    Case("UpSampling1D", {"size": 3}, ((2, 4, 3),), up_sampling),
    Case("UpSampling2D", {"size": (2, 3)}, ((2, 3, 4, 3),), up_sampling),
    Case("UpSampling2D", {"size": (2, 4), "interpolation": "bilinear"}, ((2, 3, 4, 3),), bilinear),
    Case("UpSampling3D", {"size": (1, 3, 2)}, ((2, 3, 2, 4, 3),), up_sampling),
    Case("ZeroPadding1D", {"padding": (0, 2)}, ((2, 3, 4),), zero_padding),
    Case("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}, ((2, 3, 4, 3),), zero_padding),
    Case("ZeroPadding3D", {"padding": (1, 2, 0)}, ((2, 3, 2, 4, 3),), zero_padding),
    Case("Cropping1D", {"cropping": (2, 0)}, ((2, 6, 4),), cropping),
    Case("Cropping2D", {"cropping": ((1, 0), (1, 2))}, ((2, 5, 6, 3),), cropping),
    Case("Cropping3D", {"cropping": ((1, 0), (0, 0), (2, 1))}, ((2, 3, 2, 4, 3),), cropping),
    Case("Permute", {"dims": (2, 1)}, ((2, 3, 4),), permute),
    Case("Permute", {"dims": (3, 1, 2)}, ((2, 3, 4, 2),), permute),
    Case("RepeatVector", {"n": 3}, ((2, 4),), repeat_vector),
    Case("Flatten", {}, ((2, 3, 4, 2),), flatten),
    Case("Flatten", {"data_format": "channels_first"}, ((2, 3, 4, 2),), flatten),
    Case("Flatten", {}, ((3,),), lambda x: x.reshape(3, 1)),
    Case("Reshape", {"target_shape": (4, -1)}, ((2, 3, 4, 2),), reshape),
    Case("Reshape", {"target_shape": (6,)}, ((2, 3, 2),), reshape),
]
