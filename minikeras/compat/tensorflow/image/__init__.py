"""`tf.image`: images resized, cropped, turned, recoloured, compared, read and written."""

from minikeras.compat.tensorflow.image.adjustment import (
    adjust_brightness,
    adjust_contrast,
    adjust_gamma,
    adjust_hue,
    adjust_saturation,
    per_image_standardization,
)
from minikeras.compat.tensorflow.image.color import (
    grayscale_to_rgb,
    hsv_to_rgb,
    rgb_to_grayscale,
    rgb_to_hsv,
    rgb_to_yiq,
    rgb_to_yuv,
    yiq_to_rgb,
    yuv_to_rgb,
)
from minikeras.compat.tensorflow.image.cropping import (
    central_crop,
    crop_and_resize,
    crop_to_bounding_box,
    pad_to_bounding_box,
    resize_with_crop_or_pad,
)
from minikeras.compat.tensorflow.image.dtypes import convert_image_dtype
from minikeras.compat.tensorflow.image.orientation import flip_left_right, flip_up_down, rot90, transpose
from minikeras.compat.tensorflow.image.resizing import ResizeMethod, resize, resize_with_pad

__all__ = [
    "ResizeMethod",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_gamma",
    "adjust_hue",
    "adjust_saturation",
    "central_crop",
    "convert_image_dtype",
    "crop_and_resize",
    "crop_to_bounding_box",
    "flip_left_right",
    "flip_up_down",
    "grayscale_to_rgb",
    "hsv_to_rgb",
    "pad_to_bounding_box",
    "per_image_standardization",
    "resize",
    "resize_with_crop_or_pad",
    "resize_with_pad",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "rgb_to_yiq",
    "rgb_to_yuv",
    "rot90",
    "transpose",
    "yiq_to_rgb",
    "yuv_to_rgb",
]
