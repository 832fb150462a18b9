"""`K.conv2d`, `K.pool2d`, `K.bias_add`, `K.spatial_2d_padding`, …: convolution, pooling, padding, resizing."""

from minikeras import ops
from minikeras.config import standardize_data_format
from minikeras.ops.convolution import Conv, ConvInputGrad
from minikeras.ops.spatial import causal_width, in_channels_last, per_axis, standardize_padding
from minikeras.ops.standardization import standardize_by

__all__ = [
    "batch_normalization",
    "bias_add",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "depthwise_conv2d",
    "pool2d",
    "pool3d",
    "separable_conv2d",
    "spatial_2d_padding",
    "spatial_3d_padding",
    "temporal_padding",
]


def conv1d(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution along time. "causal" pads the beginning, so that no output depends on later steps."""
    if padding == "causal":
        x = temporal_padding(x, (causal_width(kernel.shape[0], dilation_rate), 0))
        padding = "valid"
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def conv2d(x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """Convolution of images with a kernel (height, width, channels, filters)."""
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def conv3d(x, kernel, strides=(1, 1, 1), padding="valid", data_format=None, dilation_rate=(1, 1, 1)):
    """Convolution of volumes."""
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def conv2d_transpose(x, kernel, output_shape, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """The transposed convolution: from a convolution's outputs to inputs of the given shape.

    Args:
        kernel: (height, width, filters of the result, channels of x).
        output_shape: (batch, height, width, filters), or channels first; the batch is that of x.
    """
    data_format = standardize_data_format(data_format)
    height, width, filters = (
        output_shape[1:] if data_format == "channels_last" else (*output_shape[2:], output_shape[1])
    )
    conv = Conv(
        per_axis(strides, 2, "strides"), standardize_padding(padding), per_axis(dilation_rate, 2, "dilation_rate")
    )
    gradient = ConvInputGrad(conv, (int(height), int(width), int(filters)))
    kernel = ops.convert_to_tensor(kernel)
    return in_channels_last(lambda x: gradient(x, kernel), ops.convert_to_tensor(x), data_format)


def depthwise_conv2d(x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """Convolution of each channel separately, with a kernel (height, width, channels, multiplier)."""
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, data_format, dilation_rate)


def separable_conv2d(
    x, depthwise_kernel, pointwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """A depthwise convolution, then one of single pixels that mixes the channels."""
    return ops.separable_conv(x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate)


def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The maximum ("max") or mean ("avg") of each window of images."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


def pool3d(x, pool_size, strides=(1, 1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The maximum ("max") or mean ("avg") of each window of volumes."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


def _pool(x, pool_size, strides, padding, data_format, pool_mode):
    pools = {"max": ops.max_pool, "avg": ops.average_pool}
    if pool_mode not in pools:
        raise ValueError(f"Invalid pooling mode. `pool_mode` must be 'max' or 'avg'. Received: {pool_mode!r}")
    return pools[pool_mode](x, pool_size, strides, padding, data_format)


def bias_add(x, bias, data_format=None):
    """x + bias, the bias one number per channel, or of the shape of a sample with the channels last.

    For channels-first inputs the latter is reshaped, not transposed: its elements, (height, width, channels), are read
    as (channels, height, width), as Keras has it.

    Raises:
        ValueError: the bias has another number of axes.
    """
    x, bias = ops.convert_to_tensor(x), ops.convert_to_tensor(bias)
    axes = len(x.shape)
    if len(bias.shape) not in (1, axes - 1):
        raise ValueError(
            f"Unexpected bias dimensions {len(bias.shape)}. Expected it to be 1 or {axes - 1}. "
            f"Received: x.shape={tuple(x.shape)}, bias.shape={tuple(bias.shape)}"
        )
    channels_first = standardize_data_format(data_format) == "channels_first" and axes > 2
    if channels_first:
        bias = ops.reshape(bias, (bias.shape[-1], *(bias.shape[:-1] or [1] * (axes - 2))))
    return x + bias


def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """gamma · (x − mean) / √(var + ε) + beta, all as long as the last axis; beta and gamma may be None.

    Raises:
        ValueError: another axis, which Keras accepts and passes over.
    """
    x = ops.convert_to_tensor(x)
    if axis not in (-1, len(x.shape) - 1):
        raise ValueError(
            f"`K.batch_normalization` works along the last axis. Received: axis={axis}. "
            "Use keras.ops.batch_normalization for others."
        )
    statistics = [None if v is None else ops.convert_to_tensor(v) for v in (mean, var, beta, gamma)]
    return standardize_by(x, *statistics, epsilon)


def temporal_padding(x, padding=(1, 1)):
    """Zeros before and after along axis 1, of (batch, time, features)."""
    return _pad_spatial(x, (padding,), "channels_last")


def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    """Zeros around images: ((top, bottom), (left, right))."""
    return _pad_spatial(x, padding, data_format, axes=2)


def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Zeros around volumes, a pair for each spatial axis."""
    return _pad_spatial(x, padding, data_format, axes=3)


def _pad_spatial(x, padding, data_format, axes=1):
    pairs = [tuple(pair) if isinstance(pair, (tuple, list)) else () for pair in padding]
    if len(pairs) != axes or any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"`padding` must hold {axes} pair(s) of integers (before, after). Received: padding={padding}")
    first = standardize_data_format(data_format) == "channels_first"
    return ops.pad(x, [(0, 0), (0, 0), *pairs] if first else [(0, 0), *pairs, (0, 0)])
