"""Pooling by going from window to window."""

import numpy as np

from tests.unit.layers.oracles.case import Case
from tests.unit.layers.oracles.convolutional import output_lengths, padded, pair


def _pooled(x, pool_size, strides, padding, summary):
    """summary(the window's values (batch, positions, channels)) for every window; NaN marks positions outside the
    image.
    """
    windows = pair(pool_size)
    strides = windows if strides is None else pair(strides)
    x = padded(x, windows, strides, padding, fill=np.nan)
    rows, columns = output_lengths(x, windows, strides)
    result = np.zeros((len(x), rows, columns, x.shape[-1]))
    for i, j in np.ndindex(rows, columns):
        top, left = i * strides[0], j * strides[1]
        window = x[:, top : top + windows[0], left : left + windows[1]]
        result[:, i, j] = summary(window.reshape(len(x), -1, x.shape[-1]), axis=1)
    return result


def max_pooling2d(x, pool_size=2, strides=None, padding="valid"):
    """The largest value in each window."""
    return _pooled(x, pool_size, strides, padding, np.nanmax)


def average_pooling2d(x, pool_size=2, strides=None, padding="valid"):
    """The mean of the values in each window; positions outside the image do not count."""
    return _pooled(x, pool_size, strides, padding, np.nanmean)


def global_average_pooling2d(x, keepdims=False):
    """The mean of each channel."""
    return x.mean(axis=(1, 2), keepdims=keepdims)


def global_max_pooling2d(x, keepdims=False):
    """The largest value of each channel."""
    return x.max(axis=(1, 2), keepdims=keepdims)


def adaptive(summary):
    """summary over the window of each output, from ⌊i · n / m⌋ to ⌈(i + 1) · n / m⌉ − 1 of n positions along an
    axis."""

    def definition(x, output_size):
        sizes = (output_size,) * (x.ndim - 2) if isinstance(output_size, int) else output_size
        result = np.zeros((len(x), *sizes, x.shape[-1]))
        for place in np.ndindex(*sizes):
            window = [
                slice(int(np.floor(i * n / m)), int(np.ceil((i + 1) * n / m)))
                for i, n, m in zip(place, x.shape[1:-1], sizes, strict=True)
            ]
            result[(slice(None), *place)] = summary(x[(slice(None), *window)], axis=tuple(range(1, x.ndim - 1)))
        return result

    return definition


# All values differ by 0.01 or more, so that difference quotients meet no tie.
VALUES = np.random.default_rng(0).permutation(2 * 6 * 5 * 3) / 100.0
IMAGE = VALUES.reshape(2, 6, 5, 3)

CASES = [
    *[
        Case(name, arguments, (IMAGE,), definition)
        for name, definition in (("MaxPooling2D", max_pooling2d), ("AveragePooling2D", average_pooling2d))
        for arguments in (
            {"pool_size": 2},
            {"pool_size": 3, "strides": 2, "padding": "same"},
            {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"},
            {"pool_size": (2, 3), "strides": 1},
        )
    ],
    Case("MaxPooling2D", {}, (IMAGE,), max_pooling2d),
    *[
        Case(name, arguments, (IMAGE,), definition)
        for name, definition in (
            ("GlobalAveragePooling2D", global_average_pooling2d),
            ("GlobalMaxPooling2D", global_max_pooling2d),
        )
        for arguments in ({}, {"keepdims": True})
    ],
    *[
        Case(f"Adaptive{mode}Pooling{rank}D", {"output_size": sizes}, (x,), adaptive(summary))
        for mode, summary in (("Average", np.mean), ("Max", np.max))
        for rank, sizes, x in (
            (1, 4, VALUES[:36].reshape(2, 6, 3)),
            (2, (5, 2), IMAGE),
            (3, (2, 3, 2), VALUES.reshape(1, 5, 4, 3, 3)),
        )
    ],
]
