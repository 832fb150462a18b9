"""Resized images: `resize`, and `scale_and_translate` with free scale and shift.

The weights along the height and along the width are independent, so a resize is `Resample` along one axis, then along
the other.
"""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import is_float, result_type
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.config import standardize_data_format
from minikeras.ops.core import cast, convert_to_tensor, only_floats, saturate_cast
from minikeras.ops.extrema import clip
from minikeras.ops.padding import pad
from minikeras.ops.reduction import max as max_over
from minikeras.ops.reduction import min as min_over
from minikeras.ops.resampling import INTERPOLATIONS, Interpolation, Resample, keys_cubic, lanczos, over_all, triangle
from minikeras.ops.rounding import round as round_to_integer
from minikeras.ops.spatial import check_images, on_image_batch

# For `scale_and_translate`: kernel and its radius.
METHODS = {
    **dict.fromkeys(("linear", "bilinear", "trilinear"), (triangle, 1)),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), (keys_cubic, 2)),
    "lanczos3": (lanczos(3), 3),
    "lanczos5": (lanczos(5), 5),
}


@composed
def resize(
    images,
    size,
    interpolation="bilinear",
    antialias=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    fill_mode="constant",
    fill_value=0.0,
    data_format=None,
):
    """Images in another size.

    Args:
        images: (height, width, channels), or with a batch axis; channels first per `data_format`.
        size: the new (height, width).
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5" or "area".
        antialias: whether a reduction averages over all pixels that an output covers, instead of the few nearest ones.
        crop_to_aspect_ratio: crop the images to the proportions of `size` first, without distortion.
        pad_to_aspect_ratio: add a border to that end instead.
        fill_mode: only "constant".
        fill_value: the border's value.

    Returns:
        Images of the same dtype; integers are rounded and clipped to the dtype's range.

    Raises:
        ValueError: an argument is not among those above, or both `…_to_aspect_ratio` are True.
    """
    images = only_floats(convert_to_tensor(images), takes="fiu")
    size = _check_arguments(images, size, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_mode)
    if isinstance(images, KerasTensor):
        last = standardize_data_format(data_format) == "channels_last"
        return KerasTensor(_with_size(images.shape, size, last), images.dtype)

    def resize_batch(x):
        if crop_to_aspect_ratio:
            x = _crop_to_ratio(x, size)
        elif pad_to_aspect_ratio:
            x = _pad_to_ratio(x, size, fill_value)
        for axis, outputs in ((2, size[1]), (1, size[0])):
            x = Interpolation(axis, interpolation, antialias, x.shape[axis], outputs)(x)
        return x

    if is_float(images.dtype):
        return on_image_batch(resize_batch, images, data_format)
    if interpolation == "nearest":
        return cast(on_image_batch(resize_batch, cast(images, "float64"), data_format), images.dtype)
    resized = on_image_batch(resize_batch, cast(images, "float32"), data_format)
    return saturate_cast(round_to_integer(resized), images.dtype)


def _check_arguments(images, size, interpolation, crop, pad, fill_mode):
    check_images(images.shape)
    if any(isinstance(n, (float, np.floating)) for n in size):
        raise ValueError(f"`size` must be two integers, height and width. Received: size={size}")
    size = tuple(int(n) for n in size)
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers, positive. Received: size={size}")
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"Invalid value for argument `interpolation`. Expected one of {INTERPOLATIONS}. Received: {interpolation!r}"
        )
    if crop and pad:
        raise ValueError("Only one of `pad_to_aspect_ratio` and `crop_to_aspect_ratio` can be True.")
    if fill_mode != "constant":
        raise ValueError(
            f"Invalid value for argument `fill_mode`: only 'constant' is there. Received: fill_mode={fill_mode!r}"
        )
    return size


def _with_size(shape, size, channels_last):
    return (*shape[:-3], *size, shape[-1]) if channels_last else (*shape[:-2], *size)


def _length_in_ratio(other, target, target_other):
    """The length in the ratio of `target` to `target_other` to the other side's, in float32 as in Keras."""
    return int(np.float32(other * target) / np.float32(target_other))


def _crop_to_ratio(x, size):
    _, height, width, _ = x.shape
    rows = max(min(height, _length_in_ratio(width, size[0], size[1])), 1)
    columns = max(min(width, _length_in_ratio(height, size[1], size[0])), 1)
    top, left = (height - rows) // 2, (width - columns) // 2
    return GetItem((slice(None), slice(top, top + rows), slice(left, left + columns)))(x)


def _pad_to_ratio(x, size, fill_value):
    _, height, width, _ = x.shape
    rows = (max(height, _length_in_ratio(width, size[0], size[1])) - height) // 2
    columns = (max(width, _length_in_ratio(height, size[1], size[0])) - width) // 2
    if fill_value is None:
        raise ValueError("`fill_value` must be a number with `pad_to_aspect_ratio=True`. Received: fill_value=None")
    return pad(x, [(0, 0), (rows, rows), (columns, columns), (0, 0)], constant_values=fill_value)


@composed(inputs=("images", "scale", "translation"))
def scale_and_translate(images, output_shape, scale, translation, spatial_dims, method, antialias=True):
    """Images scaled by `scale` and then shifted by `translation`, cropped to `output_shape`.

    Args:
        images: a tensor of any number of axes.
        output_shape: the result's shape; it differs from the images' along `spatial_dims` only.
        scale, translation: one number for each of `spatial_dims`. Output i is at the input's position
            (i + 1/2 − translation) / scale. No gradients flow to them.
        spatial_dims: the axes to treat.
        method: "linear", "cubic", "lanczos3" or "lanczos5".
        antialias: whether a reduction averages over all pixels that an output covers.

    Returns:
        Of the images' dtype. Positions outside the input give zeros.

    Raises:
        ValueError: an unknown `method`.
    """
    if method not in METHODS:
        raise ValueError(
            f"Invalid value for argument `method`. Expected one of {sorted(METHODS)}. Received: method={method!r}"
        )
    images = convert_to_tensor(images)
    if any(isinstance(x, KerasTensor) for x in (images, scale, translation)):
        return KerasTensor(output_shape, images.dtype)
    scale, translation = (np.asarray(convert_to_tensor(x)) for x in (scale, translation))
    x = images if is_float(images.dtype) else cast(images, "float32")
    for axis, s, t in zip(spatial_dims, scale, translation, strict=True):
        axis = axis % len(x.shape)
        x = Resample(axis, *_moved_weights(x.shape[axis], output_shape[axis], s, t, method, antialias))(x)
    if x.dtype == images.dtype:
        return x
    return cast(clip(round_to_integer(x), min_over(images), max_over(images)), images.dtype)


def _moved_weights(length, outputs, scale, translation, method, antialias):
    kernel, radius = METHODS[method]
    dtype = result_type(scale.dtype, translation.dtype)
    inverse = np.array(1, dtype) / scale.astype(dtype)
    width = np.maximum(inverse, 1) if antialias else 1
    place = (np.arange(outputs, dtype=dtype) + np.array(0.5, dtype)) * inverse - translation * inverse - 0.5
    distance = np.abs(place[:, None] - np.arange(length, dtype=dtype)) / width
    weights = np.where(distance <= radius, kernel(distance), 0)
    total = weights.sum(axis=1, keepdims=True)
    weights = np.where(np.abs(total) > 1000 * np.finfo("float32").eps, weights / np.where(total == 0, 1, total), 0)
    inside = (place >= -0.5) & (place <= length - 0.5)
    return over_all(np.where(inside[:, None], weights, 0))
