"""Brightness, contrast, gamma, saturation and hue, changed by a given amount.

Integer images are treated as floats from 0 to 1 and converted back to their dtype, clipped to its range.
"""

import math

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.ops.color import hsv_to_rgb, rgb_to_hsv
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.extrema import clip, maximum
from minikeras.ops.image_dtype import as_float_image, convert_image_dtype
from minikeras.ops.joining import stack, unstack
from minikeras.ops.powers import power, sqrt
from minikeras.ops.reduction import mean
from minikeras.ops.rounding import floor
from minikeras.ops.shaping import reshape, tile
from minikeras.ops.statistics import var


def adjust_brightness(image, delta):
    """image + delta."""
    return _as_floats(image, lambda x: x + cast(delta, x.dtype))


def adjust_contrast(images, contrast_factor):
    """(x − mean) · factor + mean, with the mean of each channel of each image."""

    def stretch(x):
        means = mean(x, axis=(-3, -2), keepdims=True)
        # repeated for a row, so that NumPy's loops are as long: over three channels they take four times the time
        means = tile(means, (*(1,) * (len(x.shape) - 2), x.shape[-2], 1))
        return (x - means) * cast(contrast_factor, x.dtype) + means

    return _as_floats(images, stretch)


def adjust_gamma(image, gamma=1, gain=1):
    """gain · xᵞ.

    Raises:
        ValueError: gamma is negative.
    """
    if gamma < 0:
        raise ValueError(f"`gamma` must not be negative. Received: gamma={gamma}")
    return _as_floats(image, lambda x: gain * power(x, gamma))


def adjust_saturation(image, saturation_factor):
    """With the saturation (of HSV) multiplied by the factor, at most 1."""

    def scale(hue, saturation, value):
        return hue, clip(saturation * _of_pixels(saturation_factor), 0.0, 1.0), value

    return _in_hsv(image, scale)


def adjust_hue(image, delta):
    """With the hue (of HSV) rotated by `delta`, where 1 is a full turn.

    Raises:
        ValueError: delta is not in [−1, 1].
    """
    if not np.all(abs(as_array(delta)) <= 1):
        raise ValueError(f"`delta` must be from -1 to 1. Received: delta={delta}")

    def turn(hue, saturation, value):
        hue = hue + _of_pixels(delta)
        return hue - floor(hue), saturation, value

    return _in_hsv(image, turn)


def per_image_standardization(image):
    """(x − mean) / max(σ, 1/√n) of each image over all its n elements, in float32 (float16 stays)."""
    image = convert_to_tensor(image)
    image = image if image.dtype == "float16" else cast(image, "float32")
    axes = (-3, -2, -1)
    # The larger variance, not the larger deviation: so the gradient of an image of one colour is 0, not NaN.
    deviation = sqrt(maximum(var(image, axis=axes, keepdims=True), 1.0 / math.prod(image.shape[-3:])))
    return (image - mean(image, axis=axes, keepdims=True)) / deviation


def _of_pixels(amount):
    """An amount, or one for each image (batch, 1, 1, 1), without the axis of channels."""
    return amount[..., 0] if len(getattr(amount, "shape", ())) == 4 else amount


def _as_floats(image, change):
    image = convert_to_tensor(image)
    return convert_image_dtype(change(as_float_image(image)), image.dtype, saturate=True)


def _in_hsv(image, change):
    image = convert_to_tensor(image)
    if image.shape[-1] != 3:
        raise ValueError(f"Colours need three channels. Received: image.shape={tuple(image.shape)}")

    def in_rgb(x):
        hsv = rgb_to_hsv(reshape(x, (1, *x.shape)) if len(x.shape) < 3 else x, data_format="channels_last")
        changed = stack(change(*unstack(hsv, axis=-1)), axis=-1)
        return reshape(hsv_to_rgb(changed, data_format="channels_last"), x.shape)

    return convert_image_dtype(in_rgb(as_float_image(image)), image.dtype)
