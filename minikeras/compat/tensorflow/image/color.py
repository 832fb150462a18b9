"""`tf.image.rgb_to_yuv` and related functions. (Formulas: `minikeras/ops/color.py`.)"""

from minikeras import ops
from minikeras.ops.color import luma, rgb_to_yiq, rgb_to_yuv, yiq_to_rgb, yuv_to_rgb
from minikeras.ops.core import convert_to_tensor

__all__ = [
    "grayscale_to_rgb",
    "hsv_to_rgb",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "rgb_to_yiq",
    "rgb_to_yuv",
    "yiq_to_rgb",
    "yuv_to_rgb",
]


def rgb_to_grayscale(images, name=None):
    """0.2989 red + 0.5870 green + 0.1140 blue, one channel, in the images' dtype."""
    return luma(images)


def grayscale_to_rgb(images, name=None):
    """The one channel three times.

    Raises:
        ValueError: the last axis has a different length than 1.
    """
    images = convert_to_tensor(images)
    if images.shape[-1] != 1:
        raise ValueError(f"The last axis must have length 1, one grey channel. Received: {tuple(images.shape)}")
    return ops.concatenate([images] * 3, axis=-1)


def rgb_to_hsv(images, name=None):
    """Hue, saturation and value in [0, 1] of red, green, blue in [0, 1]."""
    return ops.image.rgb_to_hsv(images, data_format="channels_last")


def hsv_to_rgb(images, name=None):
    """Red, green, blue in [0, 1] of hue, saturation and value in [0, 1]."""
    return ops.image.hsv_to_rgb(images, data_format="channels_last")
