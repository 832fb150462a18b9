"""Normalizations by the mean and variance of their values."""

import numpy as np

from minikeras import layers
from tests.unit.layers.oracles.case import Case
from tests.unit.layers.oracles.core import dense


def _standardized(x, axes, epsilon):
    """(x at mean 0 and variance 1 over the axes, mean, variance)."""
    mean = x.mean(axis=axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon), mean, variance


def batch_normalization(
    x, moving_mean, moving_variance, gamma=1.0, beta=0.0, axis=-1, momentum=0.99, epsilon=1e-3, training=False
):
    """In training by the batch's statistics, which the moving ones follow; else by the moving ones."""
    x = np.moveaxis(x, axis, -1)
    changed = {}
    if training:
        y, mean, variance = _standardized(x, tuple(range(x.ndim - 1)), epsilon)
        changed["moving_mean"] = momentum * moving_mean + (1 - momentum) * mean.ravel()
        changed["moving_variance"] = momentum * moving_variance + (1 - momentum) * variance.ravel()
    else:
        y = (x - moving_mean) / np.sqrt(moving_variance + epsilon)
    return np.moveaxis(gamma * y + beta, -1, axis), changed


def layer_normalization(x, gamma=1.0, beta=0.0, axis=-1, epsilon=1e-3):
    """Each sample by the statistics over its own axes."""
    return gamma * _standardized(x, axis, epsilon)[0] + beta


def group_normalization(x, gamma=1.0, beta=0.0, groups=32, axis=-1, epsilon=1e-3):
    """Each group of neighbouring channels of each sample by its own statistics."""
    x = np.moveaxis(x, axis, -1)
    y, size = np.zeros(x.shape), x.shape[-1] // groups
    for sample in range(len(x)):
        for group in range(groups):
            place = (sample, ..., slice(group * size, (group + 1) * size))
            y[place] = _standardized(x[place], None, epsilon)[0]
    return np.moveaxis(gamma * y + beta, -1, axis)


def rms_normalization(x, scale, axis=-1, epsilon=1e-6):
    """Each sample by the root of the mean of its squares."""
    y = np.zeros(x.shape)
    for sample in range(len(x)):
        squares = x[sample : sample + 1] ** 2
        y[sample] = (x[sample : sample + 1] / np.sqrt(squares.mean(axis=axis, keepdims=True) + epsilon))[0]
    return scale * y


def layer_scale(x, variable, init_values, projection_dim):
    """Each channel by its factor."""
    return x * variable


def unit_normalization(x, axis=-1):
    """Each vector by the root of the sum of its squares."""
    return x / np.sqrt((x**2).sum(axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=True))


def spectral_normalization(x, kernel, bias, vector_u, training=False):
    """In inference, what the layer inside computes."""
    return dense(x, kernel, bias)


def dense_inside(dtype):
    return layers.Dense(2, dtype=dtype)


IMAGE = (3, 4, 3, 5)
TRAINING = {"training": True}

CASES = [
    *[
        Case("BatchNormalization", arguments, (shape,), batch_normalization, call)
        for arguments, shape, call in (
            ({}, (8, 3), TRAINING),
            ({}, (8, 3), {}),
            ({}, IMAGE, TRAINING),
            ({}, IMAGE, {}),
            ({"axis": 1, "momentum": 0.5, "epsilon": 1e-2}, IMAGE, TRAINING),
            ({"axis": 1}, IMAGE, {}),
            ({"center": False}, IMAGE, TRAINING),
            ({"scale": False}, IMAGE, TRAINING),
        )
    ],
    Case("LayerNormalization", {}, ((4, 10),), layer_normalization),
    Case("LayerNormalization", {"epsilon": 0.1}, ((2, 3, 40),), layer_normalization),
    Case("LayerNormalization", {"axis": (1, 2), "center": False}, ((4, 5, 3),), layer_normalization),
    Case("LayerNormalization", {"axis": (-2, -1), "scale": False}, ((2, 3, 4, 2),), layer_normalization),
    Case("GroupNormalization", {"groups": 2}, ((2, 4, 3, 6),), group_normalization),
    Case("GroupNormalization", {"groups": 3, "axis": 1, "epsilon": 0.1}, ((2, 6, 4),), group_normalization),
    Case("GroupNormalization", {"groups": 1, "center": False}, ((2, 5, 4),), group_normalization),
    Case("RMSNormalization", {}, ((4, 10),), rms_normalization),
    Case("RMSNormalization", {"axis": (1, 2), "epsilon": 0.1}, ((4, 5, 3),), rms_normalization),
    Case("LayerScale", {"init_values": 0.1, "projection_dim": 5}, ((4, 3, 5),), layer_scale),
    Case("UnitNormalization", {}, ((4, 10),), unit_normalization),
    Case("UnitNormalization", {"axis": [1, 2]}, ((4, 5, 3),), unit_normalization),
    Case(
        "SpectralNormalization",
        {},
        ((4, 3),),
        spectral_normalization,
        {"training": False},
        inner={"layer": dense_inside},
    ),
]
