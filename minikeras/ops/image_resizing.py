"""Images resized by TensorFlow's eight methods. (By Keras's: `resizing.py`.)

The weights are in `resampling.py`. Other than Keras's `ops.image.resize`, this makes float32 of every dtype, except for
"nearest".
"""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.base.suggestions import did_you_mean
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.padding import pad
from minikeras.ops.resampling import Interpolation
from minikeras.ops.spatial import check_images, images_at_once, on_image_batch

METHODS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")


@composed(name="TFImageResize", on_rows=images_at_once)
def resize(images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False):
    """Images in another size.

    Args:
        images: (height, width, channels), or with a batch axis.
        size: the new (height, width).
        method: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or "mitchellcubic".
        preserve_aspect_ratio: the largest size within `size` that has the images' proportions.
        antialias: whether a reduction averages over all pixels that an output covers, instead of the few nearest ones
            (without effect on "nearest" and "area").

    Returns:
        float32; the images' dtype for "nearest", and for any method if the size is unchanged.

    Raises:
        ValueError: `images` has neither 3 nor 4 axes, `size` is not two positive integers, or an unknown method.
    """
    images = convert_to_tensor(images)
    check_images(images.shape)
    height, width, channels = images.shape[-3:]
    size = _two_lengths(size)
    method = _known_method(method)
    dtype = images.dtype if method == "nearest" else "float32"
    if isinstance(images, KerasTensor) and None in (height, width):
        size = (None, None) if preserve_aspect_ratio else size
        return KerasTensor((*images.shape[:-3], *size, channels), dtype)
    if preserve_aspect_ratio:
        size = _within(size, height, width)
    if size == (height, width):
        return cast(images, dtype)

    def resize_batch(x):
        for axis, outputs in ((2, size[1]), (1, size[0])):
            x = Interpolation(axis, method, antialias, x.shape[axis], outputs)(x)
        return x

    working = "float64" if dtype not in ("float32", "float64") else dtype  # holds every integer up to 2⁵³
    return cast(on_image_batch(resize_batch, cast(images, working), "channels_last"), dtype)


def resize_axis(images, axis, scale, method="bilinear"):
    """Images whose length along an axis, −3 or −2, is multiplied by a number (a tensor) and rounded towards zero.

    Raises:
        ValueError: as in `resize`.
    """
    check_images(images.shape)
    size = list(images.shape[-3:-1])
    size[axis + 3] = int(cast(scale * size[axis + 3], "int32"))
    return resize(images, size, method)


def resize_with_pad(image, target_height, target_width, method="bilinear", antialias=False):
    """Resized to fit the target without distortion, zero-padded on both sides.

    Raises:
        ValueError: as in `resize`.
    """
    image = convert_to_tensor(image)
    check_images(image.shape)
    height, width = image.shape[-3:-1]
    target_height, target_width = _two_lengths((target_height, target_width))
    ratio = max(width / target_width, height / target_height)
    size = int(height / ratio), int(width / ratio)
    resized = resize(image, size, method, antialias=antialias)
    borders = []
    for length, target, exact in zip(size, (target_height, target_width), (height / ratio, width / ratio), strict=True):
        before = max(0, int((target - exact) / 2))
        borders.append((before, target - length - before))
    return pad(resized, [(0, 0)] * (len(image.shape) - 3) + [*borders, (0, 0)])


def enlarge(images, factors, method="nearest"):
    """A batch of images (batch, height, width, channels), enlarged by integer factors."""
    height, width = (n * int(factor) for n, factor in zip(images.shape[1:3], factors, strict=True))
    return resize(images, (height, width), method)


def _two_lengths(size):
    lengths = tuple(int(n) for n in size) if np.ndim(size) == 1 else ()
    if len(lengths) != 2 or min(lengths) < 1:
        raise ValueError(f"`size` must have positive height and width, two integers. Received: size={size}")
    return lengths


def _known_method(method):
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}. Received: {method!r}.{did_you_mean(method, METHODS)}")
    return method


def _within(size, height, width):
    """The largest (height, width) within `size` that has the image's proportions, each rounded, at least 1."""
    ratio = min(np.float32(size[0]) / np.float32(height), np.float32(size[1]) / np.float32(width))
    return tuple(max(int(np.round(ratio * np.float32(n))), 1) for n in (height, width))
