"""`tf.image.adjust_hue` and related functions. (Formulas: `minikeras/ops/color_adjustment.py`.)"""

from minikeras.ops import color_adjustment
from minikeras.ops.color_adjustment import (
    adjust_brightness,
    adjust_contrast,
    adjust_gamma,
    per_image_standardization,
)

__all__ = [
    "adjust_brightness",
    "adjust_contrast",
    "adjust_gamma",
    "adjust_hue",
    "adjust_saturation",
    "per_image_standardization",
]


def adjust_saturation(image, saturation_factor, name=None):
    """With the saturation (of HSV) multiplied by the factor, at most 1."""
    return color_adjustment.adjust_saturation(image, saturation_factor)


def adjust_hue(image, delta, name=None):
    """With the hue (of HSV) rotated by `delta`, where 1 is a full turn."""
    return color_adjustment.adjust_hue(image, delta)
