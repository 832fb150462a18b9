"""Normalizations by the mean and variance of their values."""

import numpy as np

from tests.unit.layers.oracles.case import Case


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
]
