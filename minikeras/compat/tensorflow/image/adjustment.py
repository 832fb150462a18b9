"""`tf.image.adjust_hue` and related functions, and `convert_image_dtype`.

Formulas: `minikeras/ops/color_adjustment.py` and `image_dtype.py`.
"""

from minikeras.compat.tensorflow.named import named
from minikeras.ops import color_adjustment, image_dtype
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
    "convert_image_dtype",
    "per_image_standardization",
]


adjust_saturation = named(color_adjustment.adjust_saturation)
adjust_hue = named(color_adjustment.adjust_hue)


convert_image_dtype = named(image_dtype.convert_image_dtype)
