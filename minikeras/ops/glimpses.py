"""Glimpses: a window of each image at a place of its own, with noise outside of the image."""

import numpy as np


def windows_at(images, size, positions, centered, normalized, noise, seed):
    """Windows (batch, *size, channels) of images (batch, height, width, channels) at `positions` (batch, 2).

    Args:
        centered, normalized: what the positions mean, see `tf.image.extract_glimpse`.
        noise: "uniform", "gaussian" or "zero".
        seed: of the noise, or None.
    """
    positions = positions.astype(np.float64)
    lengths = np.array(images.shape[1:3])
    if centered and normalized:
        positions = (positions + 1) * lengths / 2 - np.array(size) / 2
    else:
        positions = positions * lengths if normalized else positions + (lengths / 2 if centered else 0)
    glimpses = _noise(noise, images, size, seed)
    for image, glimpse, (row, column) in zip(images, glimpses, positions.astype(int).tolist(), strict=True):
        rows, columns = _common(row, size[0], lengths[0]), _common(column, size[1], lengths[1])
        glimpse[rows[0], columns[0]] = image[rows[1], columns[1]]
    return glimpses


def _common(start, length, whole):
    """Where window and image meet along an axis: as slices of the window and of the image."""
    first, last = max(start, 0), min(start + length, int(whole))
    last = max(first, last)
    return slice(first - start, last - start), slice(first, last)


def _noise(kind, images, size, seed):
    """Between the smallest and the largest number of the images, or with their mean and standard deviation."""
    shape = (len(images), *size, images.shape[3])
    if kind == "zero" or not images.size:
        return np.zeros(shape, np.float32)
    rng = np.random.default_rng(seed)
    if kind == "uniform":
        return rng.uniform(images.min(), images.max(), shape).astype(np.float32)
    return rng.normal(images.mean(), images.std(), shape).astype(np.float32)
