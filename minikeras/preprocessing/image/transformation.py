"""The transformations of one image by an `ImageDataGenerator`: drawing their parameters, and applying them."""

# ruff: noqa: NPY002 — Keras draws from NumPy's global generator

import numpy as np

from minikeras.preprocessing.image.affine import apply_affine_transform
from minikeras.preprocessing.image.random_changes import (
    apply_brightness_shift,
    apply_channel_shift,
    draw_zoom,
)

NO_MOVE = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}


def draw_transformation(generator, shape):
    """A dict of parameters for images of this shape, drawn from the generator's ranges.

    The draws are in Keras's order, since each takes the next random number.
    """
    return {
        "theta": _symmetric(generator.rotation_range),
        "tx": _shift(generator.height_shift_range, shape[generator.row_axis - 1]),
        "ty": _shift(generator.width_shift_range, shape[generator.col_axis - 1]),
        "shear": _symmetric(generator.shear_range),
        **dict(zip(("zx", "zy"), draw_zoom(generator.zoom_range), strict=True)),
        "flip_horizontal": (np.random.random() < 0.5) * generator.horizontal_flip,
        "flip_vertical": (np.random.random() < 0.5) * generator.vertical_flip,
        "channel_shift_intensity": _symmetric(generator.channel_shift_range) if generator.channel_shift_range else None,
        "brightness": None if generator.brightness_range is None else np.random.uniform(*generator.brightness_range),
    }


def apply_transformation(generator, x, given):
    """Apply the transformations in the dict to an image; missing ones have no effect."""
    row, column, channel = (axis - 1 for axis in (generator.row_axis, generator.col_axis, generator.channel_axis))
    x = apply_affine_transform(
        x,
        **{name: given.get(name, nothing) for name, nothing in NO_MOVE.items()},
        row_axis=row,
        col_axis=column,
        channel_axis=channel,
        fill_mode=generator.fill_mode,
        cval=generator.cval,
        order=generator.interpolation_order,
    )
    if given.get("channel_shift_intensity") is not None:
        x = apply_channel_shift(x, given["channel_shift_intensity"], channel)
    if given.get("flip_horizontal"):
        x = np.flip(x, column)
    if given.get("flip_vertical"):
        x = np.flip(x, row)
    if given.get("brightness") is not None:
        x = apply_brightness_shift(x, given["brightness"], False)
    return x


def _symmetric(largest):
    """A number from [−largest, largest); nothing is drawn for 0."""
    return np.random.uniform(-largest, largest) if largest else 0


def _shift(shift_range, length):
    """The number of pixels to shift."""
    if not shift_range:
        return 0
    try:
        shift = np.random.choice(shift_range) * np.random.choice([-1, 1])  # an integer n means 0 … n − 1
    except ValueError:  # `choice` takes no float
        shift = np.random.uniform(-shift_range, shift_range)
    return shift * length if np.max(shift_range) < 1 else shift
