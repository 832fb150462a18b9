"""Random transformations of single images: `random_rotation`, `random_shift`, …, and colour shifts."""

# ruff: noqa: NPY002 — Keras draws from NumPy's global generator, so that `np.random.seed` makes it repeatable

import numpy as np

from minikeras.base.optional_packages import optional_module
from minikeras.preprocessing.image.affine import apply_affine_transform
from minikeras.utils import array_to_img, img_to_array

__all__ = [
    "apply_brightness_shift",
    "apply_channel_shift",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
]


def random_rotation(
    x, rg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """The image rotated by up to `rg` degrees in either direction."""
    axes = (row_axis, col_axis, channel_axis)
    theta = np.random.uniform(-rg, rg)
    return _moved(x, axes, fill_mode, cval, interpolation_order, theta=theta)


def random_shift(
    x, wrg, hrg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """The image shifted by up to `wrg` of its width and `hrg` of its height in either direction."""
    axes = (row_axis, col_axis, channel_axis)
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return _moved(x, axes, fill_mode, cval, interpolation_order, tx=tx, ty=ty)


def random_shear(
    x, intensity, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """The image sheared by up to `intensity` degrees in either direction."""
    axes = (row_axis, col_axis, channel_axis)
    shear = np.random.uniform(-intensity, intensity)
    return _moved(x, axes, fill_mode, cval, interpolation_order, shear=shear)


def random_zoom(
    x, zoom_range, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """The image zoomed along both axes by factors from `zoom_range`, (low, high).

    Raises:
        ValueError: `zoom_range` is not a pair.
    """
    axes = (row_axis, col_axis, channel_axis)
    zx, zy = draw_zoom(zoom_range)
    return _moved(x, axes, fill_mode, cval, interpolation_order, zx=zx, zy=zy)


def draw_zoom(zoom_range):
    """Two factors from (low, high); nothing is drawn for (1, 1)."""
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` must be a pair (low, high). Received: {zoom_range}")
    if tuple(zoom_range) == (1, 1):
        return 1, 1
    return np.random.uniform(*zoom_range, 2)


def _moved(x, axes, fill_mode, cval, order, **change):
    row_axis, col_axis, channel_axis = axes
    return apply_affine_transform(
        x,
        row_axis=row_axis,
        col_axis=col_axis,
        channel_axis=channel_axis,
        fill_mode=fill_mode,
        cval=cval,
        order=order,
        **change,
    )


def apply_channel_shift(x, intensity, channel_axis=0):
    """x + intensity, clipped to the original range of the image. (The same is added to every channel.)"""
    return np.clip(x + intensity, np.min(x), np.max(x))


def random_channel_shift(x, intensity_range, channel_axis=0):
    """`apply_channel_shift` by up to `intensity_range` in either direction."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def apply_brightness_shift(x, brightness, scale=True):
    """The image with its brightness multiplied, via Pillow's 8-bit images.

    Args:
        x: (height, width, channels).
        brightness: 0 is black, 1 changes nothing.
        scale: whether to stretch the values to 0 … 255 first. Values outside of that are always stretched, and
            afterwards mapped back to their range if this is False.

    Raises:
        ImportError: Pillow is missing.
    """
    low, high = np.min(x), np.max(x)
    beyond = low < 0 or high > 255
    image = array_to_img(x, scale=beyond or scale)
    enhance = optional_module("PIL.ImageEnhance", "apply_brightness_shift", "pillow")
    changed = img_to_array(enhance.Brightness(image).enhance(brightness))
    return changed / 255 * (high - low) + low if beyond and not scale else changed


def random_brightness(x, brightness_range, scale=True):
    """`apply_brightness_shift` by a factor from `brightness_range`, (low, high).

    Raises:
        ValueError: `brightness_range` is not a pair.
    """
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range` must be a pair of numbers. Received: brightness_range={brightness_range}")
    return apply_brightness_shift(x, np.random.uniform(*brightness_range), scale)
