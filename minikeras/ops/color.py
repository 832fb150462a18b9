"""Colour spaces: grey, HSV, YUV and YIQ."""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import is_float, result_type
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.matrix_product import Matmul
from minikeras.config import floatx
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.hsv import FromHSV, ToHSV
from minikeras.ops.image_dtype import as_float_image, convert_image_dtype
from minikeras.ops.products import matmul
from minikeras.ops.spatial import on_image_batch

# The luminance of red, green and blue. (ITU-R BT.601)
LUMA = (0.2989, 0.5870, 0.1140)
# One row for each of red, green, blue: its part in the three components of the other space. (ITU-R BT.601, NTSC)
RGB_TO_YUV = ((0.299, -0.14714119, 0.61497538), (0.587, -0.28886916, -0.51496512), (0.114, 0.43601035, -0.10001026))
YUV_TO_RGB = ((1.0, 1.0, 1.0), (0.0, -0.394642334, 2.03206185), (1.13988303, -0.58062185, 0.0))
RGB_TO_YIQ = ((0.299, 0.59590059, 0.2115), (0.587, -0.27455667, -0.52273617), (0.114, -0.32134392, 0.31119955))
YIQ_TO_RGB = ((1.0, 1.0, 1.0), (0.95598634, -0.27201283, -1.10674021), (0.6208248, -0.64720424, 1.70423049))


@composed(name="RGBToGrayscale")
def rgb_to_grayscale(images, data_format=None):
    """0.2989 · red + 0.5870 · green + 0.1140 · blue, in one channel. Grey images are unchanged.

    Raises:
        ValueError: the number of channels is neither three nor one.
    """

    def to_grey(x):
        if x.shape[-1] is None:
            return KerasTensor((*x.shape[:-1], 1), x.dtype)
        if x.shape[-1] not in (1, 3):
            raise ValueError(
                f"Invalid channel size: expected 3 (RGB) or 1. Received: {x.shape[-1]}, images of shape {x.shape}"
            )
        if x.shape[-1] == 1:
            return x
        dtype = result_type(x.dtype, floatx())
        return cast(Matmul()(cast(x, dtype), np.array(LUMA, dtype)[:, None]), x.dtype)

    return on_image_batch(to_grey, images, data_format)


def luma(images):
    """0.2989 · red + 0.5870 · green + 0.1140 · blue of images of any dtype, integers over their range."""
    images = convert_to_tensor(images)
    floats = as_float_image(images)
    return convert_image_dtype(matmul(floats, np.array(LUMA, floats.dtype)[:, None]), images.dtype)


@composed(name="RGBToHSV")
def rgb_to_hsv(images, data_format=None):
    """Red, green, blue in [0, 1] as hue, saturation and value in [0, 1]. Greys have hue 0, black has saturation 0.

    Raises:
        ValueError: the images are not floats, or have not three channels.
    """
    return on_image_batch(_of_three_channels(ToHSV()), _floats(images), data_format)


@composed(name="HSVToRGB")
def hsv_to_rgb(images, data_format=None):
    """Hue, saturation and value in [0, 1] as red, green and blue in [0, 1].

    Raises:
        ValueError: the images are not floats, or have not three channels.
    """
    return on_image_batch(_of_three_channels(FromHSV()), _floats(images), data_format)


def _of_three_channels(op):
    def convert(x):
        if x.shape[-1] not in (3, None):
            raise ValueError(f"Input images must have 3 channels. Received: images of shape {tuple(x.shape)}")
        return op(x)

    return convert


def _floats(images):
    images = convert_to_tensor(images)
    if not is_float(images.dtype):
        raise ValueError(
            f"Invalid images dtype: expected float dtype, of values in [0, 1]. Received: {images.dtype}. Divide by 255."
        )
    return images


def rgb_to_yuv(images):
    """Brightness and two differences of colour, of red, green, blue in [0, 1]."""
    return _in_other_space(images, RGB_TO_YUV)


def yuv_to_rgb(images):
    """The inverse of `rgb_to_yuv`."""
    return _in_other_space(images, YUV_TO_RGB)


def rgb_to_yiq(images):
    """Brightness, and colour in NTSC's axes, of red, green, blue in [0, 1]."""
    return _in_other_space(images, RGB_TO_YIQ)


def yiq_to_rgb(images):
    """The inverse of `rgb_to_yiq`."""
    return _in_other_space(images, YIQ_TO_RGB)


def _in_other_space(images, matrix):
    images = convert_to_tensor(images)
    return matmul(images, np.array(matrix, images.dtype))
