"""`keras.src.ops.operation_utils`: rules of shapes."""

__replay__ = "computes"

from minikeras.autodiff.shapes import broadcast_shapes, reduced_shape
from minikeras.kernels.windows import span
from minikeras.ops.spatial import per_axis, spatial_output_shape
from minikeras.utils.symbolic import get_source_inputs

__all__ = ["broadcast_shapes", "compute_conv_output_shape", "compute_pooling_output_shape", "get_source_inputs",
           "reduce_shape"]  # fmt: skip


def compute_conv_output_shape(
    input_shape, filters, kernel_size, strides=1, padding="valid", data_format="channels_last", dilation_rate=1
):
    """The shape after a convolution. Raises ValueError where the window does not fit."""
    rank = len(input_shape) - 2
    window = per_axis(kernel_size, rank, "kernel_size")
    strides, dilation = per_axis(strides, rank, "strides"), per_axis(dilation_rate, rank, "dilation_rate")
    pads = padding.lower() if isinstance(padding, str) else padding
    if pads == "causal":
        pads = tuple((span(length, gap) - 1, 0) for length, gap in zip(window, dilation, strict=True))
    return _windowed(input_shape, filters, window, strides, pads, data_format, dilation)


def compute_pooling_output_shape(input_shape, pool_size, strides, padding="valid", data_format="channels_last"):
    """The shape after a pooling. Raises ValueError where the window does not fit."""
    rank = len(input_shape) - 2
    window = per_axis(pool_size, rank, "pool_size")
    strides = window if strides is None else per_axis(strides, rank, "strides")
    channels = input_shape[-1 if data_format == "channels_last" else 1]
    return _windowed(input_shape, channels, window, strides, padding.lower(), data_format, (1,) * rank)


def _windowed(input_shape, channels, window, strides, pads, data_format, dilation):
    if data_format == "channels_last":
        return (input_shape[0], *spatial_output_shape(tuple(input_shape), window, strides, pads, dilation), channels)
    last = (input_shape[0], *input_shape[2:], input_shape[1])
    return (input_shape[0], channels, *spatial_output_shape(last, window, strides, pads, dilation))


def reduce_shape(shape, axis=None, keepdims=False):
    """The shape after a reduction over axes."""
    return reduced_shape(tuple(shape), axis, keepdims)
