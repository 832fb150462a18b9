"""Colour spaces: grey, HSV, YUV and YIQ."""

import numpy as np

from minikeras import ops
from minikeras.compat.tensorflow.image.dtypes import as_float_image, convert_image_dtype
from minikeras.ops.color import LUMA
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

# One row for each of red, green, blue: what it adds to the three numbers of the other space. (ITU-R BT.601, NTSC)
RGB_TO_YUV = ((0.299, -0.14714119, 0.61497538), (0.587, -0.28886916, -0.51496512), (0.114, 0.43601035, -0.10001026))
YUV_TO_RGB = ((1.0, 1.0, 1.0), (0.0, -0.394642334, 2.03206185), (1.13988303, -0.58062185, 0.0))
RGB_TO_YIQ = ((0.299, 0.59590059, 0.2115), (0.587, -0.27455667, -0.52273617), (0.114, -0.32134392, 0.31119955))
YIQ_TO_RGB = ((1.0, 1.0, 1.0), (0.95598634, -0.27201283, -1.10674021), (0.6208248, -0.64720424, 1.70423049))


def rgb_to_grayscale(images, name=None):
    """0.2989 red + 0.5870 green + 0.1140 blue, one channel, in the images' dtype."""
    images = convert_to_tensor(images)
    floats = as_float_image(images)
    grey = ops.matmul(floats, np.array(LUMA, floats.dtype)[:, None])
    return convert_image_dtype(grey, images.dtype)


def grayscale_to_rgb(images, name=None):
    """The one channel three times.

    Raises:
        ValueError: the last axis has another length than 1.
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


def rgb_to_yuv(images):
    """Brightness and two differences of colour, of red, green, blue in [0, 1]."""
    return _in_other_space(images, RGB_TO_YUV)


def yuv_to_rgb(images):
    """The way back from `rgb_to_yuv`."""
    return _in_other_space(images, YUV_TO_RGB)


def rgb_to_yiq(images):
    """Brightness, and colour in NTSC's axes, of red, green, blue in [0, 1]."""
    return _in_other_space(images, RGB_TO_YIQ)


def yiq_to_rgb(images):
    """The way back from `rgb_to_yiq`."""
    return _in_other_space(images, YIQ_TO_RGB)


def _in_other_space(images, matrix):
    images = convert_to_tensor(images)
    return ops.matmul(images, np.array(matrix, images.dtype))
