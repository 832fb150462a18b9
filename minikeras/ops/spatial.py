"""Shared code of convolution, pooling and image ops: output lengths and the position of the channel axis."""

from collections.abc import Iterable
from numbers import Real

import numpy as np

from minikeras.autodiff.shapes import Squeeze, Transpose
from minikeras.config import standardize_data_format
from minikeras.kernels.windows import output_sizes, span
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.shaping import ExpandDims


def per_axis(value, count, name):
    """`value`, an integer or one integer per spatial axis, as a tuple of `count` positive integers.

    Raises:
        ValueError: another number of integers, or one below 1.
    """
    values = (value,) * count if isinstance(value, (int, np.integer)) else value
    values = tuple(values) if isinstance(values, Iterable) else ()
    if len(values) == count and set(map(type, values)) == {int} and min(values) > 0:
        return values
    if len(values) != count or any(not isinstance(n, Real) or int(n) != n or n < 1 for n in values):
        raise ValueError(
            f"The `{name}` argument must be a tuple of {count} positive integers, one per spatial axis, or one "
            f"integer. Received: {name}={value}"
        )
    return tuple(int(n) for n in values)


def standardize_padding(padding, allowed=("valid", "same")):
    """One of the `allowed` words, in lower case.

    Raises:
        ValueError: anything else.
    """
    lowered = padding.lower() if isinstance(padding, str) else padding
    if lowered not in allowed:
        *first, last = map(repr, allowed)
        raise ValueError(f"`padding` must be {', '.join(first)} or {last}. Received: padding={padding!r}")
    return lowered


def spatial_output_shape(input_shape, window, strides, padding, dilation):
    """Lengths of the spatial axes after a sliding window; None where the input's length is unknown.

    Args:
        input_shape: (batch, *spatial, channels).
        padding: "valid", "same", or ((before, after), …).

    Raises:
        ValueError: the window does not fit into the input.
    """
    lengths = []
    for axis, size in enumerate(input_shape[1:-1]):
        one_axis = slice(axis, axis + 1)
        if size is None:
            lengths.append(None)
        elif padding == "same":
            lengths.append(-(-size // strides[axis]))
        else:
            pads = ((0, 0),) if padding == "valid" else padding[one_axis]
            lengths += output_sizes((size,), window[one_axis], strides[one_axis], pads, dilation[one_axis])
    if 0 in lengths and 0 not in input_shape[1:-1]:
        raise ValueError(
            f"Computed output size would be zero: the window reaches over the input's edge. Received: window={window}"
            + (f" with dilation={tuple(dilation)}, spanning {span(window, dilation)}" if set(dilation) != {1} else "")
            + f", padding={padding!r}, input_shape={tuple(input_shape)} (batch, *spatial, channels). "
            "Use padding='same', a smaller window, or less striding and pooling in the layers before."
        )
    return tuple(lengths)


def check_rank(shape):
    """Raise an error unless an input has one to three spatial axes between its batch and channel axes."""
    if len(shape) not in (3, 4, 5):
        raise ValueError(
            f"`inputs` must have a batch axis, a channel axis and one to three spatial axes between them: 3 to 5 axes "
            f"in all. Received: shape={tuple(shape)} with {len(shape)} axes."
            + (" Add the missing axis, for example with x[..., None] for grey images." if len(shape) < 3 else "")
        )


def to_channels_last(x):
    """(batch, channels, *spatial) as (batch, *spatial, channels)."""
    return Transpose((0, *range(2, len(x.shape)), 1))(x)


def to_channels_first(x):
    """(batch, *spatial, channels) as (batch, channels, *spatial)."""
    return Transpose((0, len(x.shape) - 1, *range(1, len(x.shape) - 1)))(x)


def in_channels_last(function, x, data_format):
    """`function(x)`, where `function` is channels-last and both x and the result are in `data_format`."""
    if data_format == "channels_last":
        return function(x)
    return to_channels_first(function(to_channels_last(x)))


def check_images(shape):
    """Raise an error unless x is one image, with 3 axes, or a batch, with 4."""
    if len(shape) not in (3, 4):
        raise ValueError(
            "Invalid images rank: expected rank 3 (one image) or rank 4 (a batch). "
            f"Received: images.shape={tuple(shape)}"
        )


def images_at_once(function, rows, image, *args, **kwargs):
    """Several single images at once, by a function that takes a batch of images as well (`Operation.call_on_rows`)."""
    return function(image, *args, **kwargs) if len(image.shape) == 4 else NotImplemented


def on_image_batch(function, images, data_format):
    """`function` of (batch, height, width, channels), applied to one image or a batch in either data format.

    Raises:
        ValueError: `images` has neither 3 nor 4 axes.
    """
    images = convert_to_tensor(images)
    check_images(images.shape)
    data_format = standardize_data_format(data_format)
    if len(images.shape) == 4:
        return in_channels_last(function, images, data_format)
    return Squeeze(0)(in_channels_last(function, ExpandDims(0)(images), data_format))


def causal_width(window, dilation):
    """The padding before a causal window, with which no output depends on later inputs."""
    return dilation * (window - 1)
