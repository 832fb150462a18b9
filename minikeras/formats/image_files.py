"""Images between files, Pillow's images and arrays. Needs Pillow (`pip install pillow`)."""

import io
import os
import pathlib
from functools import partial

import numpy as np

from minikeras.base.messages import warn
from minikeras.base.optional_packages import optional_module
from minikeras.base.suggestions import did_you_mean
from minikeras.config import floatx, standardize_data_format

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}  # Keras's names: Pillow's
DEEP_GREY_MODES = ("L", "I;16", "I")  # kept as they are when grey is wanted

import_pillow = partial(optional_module, "PIL.Image", "Reading and writing images", "pillow")


def load_img(path, color_mode="rgb", target_size=None, interpolation="nearest", keep_aspect_ratio=False):
    """A Pillow image from a file.

    Args:
        path: path (str, bytes or pathlib.Path), or an `io.BytesIO` with the file's contents.
        color_mode: "rgb", "rgba" or "grayscale": the mode that the image is converted to. Grey ones of 16 or 32 bits
            stay so.
        target_size: (height, width), None to keep the size.
        interpolation: how it is resized: "nearest", "bilinear", "bicubic", "lanczos", "box" or "hamming".
        keep_aspect_ratio: cut the image in the middle to the proportions of `target_size` first.

    Raises:
        ImportError: Pillow is missing.
        TypeError: `path` is something else.
        PIL.UnidentifiedImageError: the file is not an image.
        ValueError: an unknown `color_mode` or `interpolation`.
    """
    if color_mode not in MODES:
        raise ValueError(f"`color_mode` must be 'grayscale', 'rgb', or 'rgba'. Received: color_mode={color_mode!r}")
    image = _open(path)
    mode = MODES[color_mode]
    if image.mode != mode and not (mode == "L" and image.mode in DEEP_GREY_MODES):
        image = image.convert(mode)
    if target_size is None:
        return image
    height, width = target_size
    if image.size == (width, height):
        return image
    resampling = _resampling(interpolation)
    box = _central_box(image.size, (width, height)) if keep_aspect_ratio else None
    return image.resize((width, height), resampling, box=box)


def _open(path):
    pillow = import_pillow()
    if isinstance(path, io.BytesIO):
        return pillow.open(path)
    if not isinstance(path, (str, bytes, pathlib.Path)):
        raise TypeError(f"path should be path-like or io.BytesIO. Received: {path!r} of type {type(path).__name__}")
    with open(path, "rb") as file:
        content = file.read()
    try:
        return pillow.open(io.BytesIO(content))  # Pillow reads the pixels later, when the file is closed
    except pillow.UnidentifiedImageError as error:
        reason = f"its first bytes are {content[:8]!r}, of no format that Pillow knows" if content else "it is empty"
        raise type(error)(f"The image '{os.fsdecode(path)}' cannot be read: {reason}.") from None


def _resampling(interpolation):
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"`interpolation` must be one of {INTERPOLATIONS}. Received: {interpolation!r}."
            f"{did_you_mean(interpolation, INTERPOLATIONS)}"
        )
    return getattr(import_pillow().Resampling, interpolation.upper())


def _central_box(size, target):
    """The largest rectangle (left, top, right, bottom) in the middle of `size` with the proportions of `target`."""
    (width, height), (target_width, target_height) = size, target
    kept_height = min(height, width * target_height // target_width)
    kept_width = min(width, height * target_width // target_height)
    left, top = (width - kept_width) // 2, (height - kept_height) // 2
    return left, top, left + kept_width, top + kept_height


def img_to_array(img, data_format=None, dtype=None):
    """A Pillow image (or a matrix) as an array (height, width, channels), of `floatx()` unless `dtype` is given.

    Args:
        data_format: "channels_first" for (channels, height, width); None for the configured default.

    Raises:
        ValueError: it does not have two or three axes.
    """
    data_format = standardize_data_format(data_format)
    array = np.asarray(img, dtype=dtype or floatx())
    if array.ndim not in (2, 3):
        raise ValueError(
            f"Unsupported image shape: {array.shape}. Expected (height, width) or (height, width, channels)"
        )
    if array.ndim == 2:
        array = array[..., None]
    return array.transpose(2, 0, 1) if data_format == "channels_first" else array


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array (height, width, channels) as a Pillow image.

    Args:
        x: array with 1, 3 or 4 channels.
        data_format: "channels_first" for (channels, height, width); None for the configured default.
        scale: whether to bring the smallest value to 0 and the largest to 255.
        dtype: of the computation; None for `floatx()`.

    Raises:
        ImportError: Pillow is missing.
        ValueError: another number of axes or channels.
    """
    data_format = standardize_data_format(data_format)
    pillow = import_pillow()
    x = np.asarray(x, dtype=dtype or floatx())
    if x.ndim != 3:
        raise ValueError(f"Expected image array to have rank 3, (height, width, channels). Received: shape {x.shape}")
    if data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = _stretched(x)
    if x.shape[2] not in (1, 3, 4):
        raise ValueError(f"Unsupported channel number: {x.shape[2]}. An image has 1, 3 or 4 channels.")
    if x.shape[2] == 1:
        x = x[..., 0]
        return pillow.fromarray(x.astype("int32" if x.max() > 255 else "uint8"))
    return pillow.fromarray(x.astype("uint8"))


def _stretched(x):
    """x shifted and scaled to the range 0 to 255."""
    x = x - x.min()
    largest = x.max()
    return (x / largest if largest else x) * 255


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Write an array as an image file.

    Args:
        path: path, or a file open for writing.
        x, data_format, scale: as in `array_to_img`.
        file_format: "png", "jpeg", …; None to infer it from the path's ending.
        **kwargs: passed to Pillow's `Image.save`.
    """
    if file_format is None and isinstance(path, (str, pathlib.Path)):
        file_format = pathlib.Path(path).suffix[1:].lower()
    if file_format and file_format.lower() == "jpg":
        file_format = "jpeg"
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format == "jpeg":
        warn("JPEG files have no transparency: the image is saved as RGB.")
        image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)
