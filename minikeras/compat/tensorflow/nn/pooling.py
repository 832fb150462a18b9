"""Pooling: the largest or the mean of each window."""

from minikeras import ops
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.nn.windows import is_channels_first, spatial
from minikeras.ops import pooling as pooling_ops

__all__ = [
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "pool",
]


def max_pool(input, ksize, strides, padding, data_format=None, name=None):
    """The maximum of each window, over one, two or three spatial axes.

    Args:
        input: (batch, *spatial, channels), or channels second, by `data_format`.
        ksize, strides: an integer, or one per spatial axis, or one per axis of the input.
        padding: "SAME" or "VALID", or a pair (before, after) for every axis of the input.
        data_format: "NHWC" etc.; None is channels-last.
    """
    return _pool(ops.max_pool, input, ksize, strides, padding, data_format)


def avg_pool(input, ksize, strides, padding, data_format=None, name=None):
    """The mean of each window, zeros of the padding not counted; arguments as in `max_pool`."""
    return _pool(ops.average_pool, input, ksize, strides, padding, data_format)


def _pool(function, x, ksize, strides, padding, data_format):
    x, channels_first = tensor(x), is_channels_first(data_format)
    count = len(x.shape) - 2
    window, strides = (spatial(v, count, channels_first, n) for v, n in ((ksize, "ksize"), (strides, "strides")))
    if not isinstance(padding, str):
        x, padding = _bordered(x, padding), "valid"
    data_format = "channels_first" if channels_first else "channels_last"
    return function(x, window, strides, padding.lower(), data_format)


def _bordered(x, padding):
    """x padded with values that are never the maximum."""
    return ops.pad(x, [tuple(pair) for pair in padding], constant_values=float("-inf"))


def max_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """`max_pool` over one spatial axis."""
    return max_pool(input, ksize, strides, padding, data_format)


def max_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):
    """`max_pool` over two spatial axes."""
    return max_pool(input, ksize, strides, padding, data_format)


def max_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """`max_pool` over three spatial axes."""
    return max_pool(input, ksize, strides, padding, data_format)


def avg_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """`avg_pool` over one spatial axis."""
    return avg_pool(input, ksize, strides, padding, data_format)


def avg_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):
    """`avg_pool` over two spatial axes."""
    return avg_pool(input, ksize, strides, padding, data_format)


def avg_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """`avg_pool` over three spatial axes."""
    return avg_pool(input, ksize, strides, padding, data_format)


def max_pool_with_argmax(
    input,
    ksize,
    strides,
    padding,
    data_format="NHWC",
    output_dtype=dtypes.int64,
    include_batch_in_index=False,
    name=None,
):
    """`max_pool2d`, and each maximum's position: (row · width + column) · channels + channel, in the flattened image.

    Args:
        data_format: only "NHWC".
        output_dtype: of the positions, int64 or int32.
        include_batch_in_index: count through the whole batch.
    """
    if data_format != "NHWC":
        raise ValueError(f"`data_format` must be 'NHWC' here. Received: data_format={data_format!r}")
    x = tensor(input)
    window, strides = (spatial(v, 2, False, n) for v, n in ((ksize, "ksize"), (strides, "strides")))
    y, positions = pooling_ops.max_pool_with_argmax(x, window, strides, padding.lower(), include_batch_in_index)
    return y, ops.cast(positions, as_dtype(output_dtype).name)


def pool(input, window_shape, pooling_type, strides=None, padding="VALID", data_format=None, dilations=None, name=None):
    """`max_pool` or `avg_pool`, by `pooling_type`: "MAX" or "AVG".

    `dilations` other than 1 is not supported.
    """
    if pooling_type.upper() not in ("MAX", "AVG"):
        raise ValueError(f"`pooling_type` must be 'MAX' or 'AVG'. Received: pooling_type={pooling_type!r}")
    count = len(tensor(input).shape) - 2
    if dilations is not None and set(spatial(dilations, count, False, "dilations")) != {1}:
        raise NotImplementedError(f"Pooling windows with gaps are not supported. Received: dilations={dilations}")
    function = max_pool if pooling_type.upper() == "MAX" else avg_pool
    return function(input, window_shape, 1 if strides is None else strides, padding, data_format)
