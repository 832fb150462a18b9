"""`tf.image.adjust_hue` and related functions. (Formulas: `minikeras/ops/color_adjustment.py`.)"""

from minikeras.compat.tensorflow.named import named
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


adjust_saturation = named(color_adjustment.adjust_saturation)
adjust_hue = named(color_adjustment.adjust_hue)
