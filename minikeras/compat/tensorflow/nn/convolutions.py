"""Convolutions: over one, two or three spatial axes, transposed, depthwise, separable, dilated."""

from minikeras import ops
from minikeras.autodiff.operation import any_symbolic
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.compat.tensorflow.gradient_tape import passed_back
from minikeras.compat.tensorflow.nn.windows import is_channels_first, padded, spatial
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.ops.convolution import Conv, ConvInputGrad
from minikeras.ops.spatial import in_channels_last

__all__ = [
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "conv_transpose",
    "convolution",
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "separable_conv2d",
]


def convolution(input, filters, strides=None, padding="VALID", data_format=None, dilations=None, name=None):
    """Convolution over one, two or three spatial axes.

    Args:
        input: (batch, *spatial, channels), or channels second, by `data_format`.
        filters: (*window, channels, filters); with channels / g it convolves in g groups.
        strides, dilations: an integer, or one per spatial axis, or one per axis of the input.
        padding: "SAME", "VALID", or a pair (before, after) for every axis of the input.
        data_format: "NHWC" etc.; None is channels-last.
    """
    return _convolve(ops.conv, input, (filters,), strides, padding, data_format, dilations)


def _convolve(function, x, kernels, strides, padding, data_format, dilations):
    x, channels_first = tensor(x), is_channels_first(data_format)
    kernels = [tensor(kernel) for kernel in kernels]
    count = len(kernels[0].shape) - 2
    x, lead = _one_batch_axis(x, count)
    x, padding = padded(x, padding, channels_first)
    strides = spatial(1 if strides is None else strides, count, channels_first, "strides")
    dilations = spatial(1 if dilations is None else dilations, count, channels_first, "dilations")
    y = function(x, *kernels, strides, padding, _keras_format(channels_first), dilations)
    return ops.reshape(y, (*lead, *y.shape[1:])) if lead else y


def _one_batch_axis(x, count):
    """x with its batch axes (convolutions may have several) merged, and their lengths if there were several."""
    lead = tuple(x.shape[: len(x.shape) - count - 1])
    if len(lead) <= 1:
        return x, ()
    return ops.reshape(x, (-1, *x.shape[len(lead) :])), lead


def _keras_format(channels_first):
    return "channels_first" if channels_first else "channels_last"


def conv1d(input, filters, stride, padding, data_format="NWC", dilations=None, name=None):
    """Convolution over one spatial axis; see `convolution`."""
    return convolution(input, filters, stride, padding, data_format, dilations)


def conv2d(input, filters, strides, padding, data_format="NHWC", dilations=None, name=None):
    """Convolution over two spatial axes; see `convolution`."""
    return convolution(input, filters, strides, padding, data_format, dilations)


def conv3d(input, filters, strides, padding, data_format="NDHWC", dilations=None, name=None):
    """Convolution over three spatial axes; see `convolution`."""
    return convolution(input, filters, strides, padding, data_format, dilations)


def atrous_conv2d(value, filters, rate, padding, name=None):
    """`conv2d` with `rate` − 1 positions skipped between the elements of the window."""
    return convolution(value, filters, 1, padding, "NHWC", rate)


def depthwise_conv2d(input, filter, strides, padding, data_format=None, dilations=None, name=None):
    """Each channel convolved separately.

    Args:
        filter: (height, width, channels, multiplier).
        input, strides, padding, data_format, dilations: as in `convolution`.
    """
    return _convolve(ops.depthwise_conv, input, (filter,), strides, padding, data_format, dilations)


def depthwise_conv2d_backprop_input(
    input_sizes, filter, out_backprop, strides, padding, data_format="NHWC", dilations=(1, 1, 1, 1), name=None
):
    """What `depthwise_conv2d` passes to its input, of the shape `input_sizes`, of the gradients of its result."""
    filter = tensor(filter)

    def result(x):
        return depthwise_conv2d(x, filter, strides, padding, data_format, dilations)

    return passed_back(result, [ops.zeros(integers(input_sizes), filter.dtype)], tensor(out_backprop))[0]


def depthwise_conv2d_backprop_filter(
    input, filter_sizes, out_backprop, strides, padding, data_format="NHWC", dilations=(1, 1, 1, 1), name=None
):
    """What `depthwise_conv2d` passes to its filter, of the shape `filter_sizes`, of the gradients of its result."""
    input = tensor(input)

    def result(kernel):
        return depthwise_conv2d(input, kernel, strides, padding, data_format, dilations)

    return passed_back(result, [ops.zeros(integers(filter_sizes), input.dtype)], tensor(out_backprop))[0]


def separable_conv2d(
    input, depthwise_filter, pointwise_filter, strides, padding, data_format=None, dilations=None, name=None
):
    """A depthwise convolution, then one with a window of 1 that mixes the channels.

    Args:
        depthwise_filter: (height, width, channels, multiplier).
        pointwise_filter: (1, 1, channels · multiplier, filters).
        input, strides, padding, data_format, dilations: as in `convolution`.
    """
    kernels = (depthwise_filter, pointwise_filter)
    return _convolve(ops.separable_conv, input, kernels, strides, padding, data_format, dilations)


# --- transposed -------------------------------------------------------------------------------------------------------


def conv_transpose(input, filters, output_shape, strides, padding="SAME", data_format=None, dilations=None, name=None):
    """The gradient of a convolution as a separate operation: from the shape of its output to that of its input.

    Args:
        filters: (*window, filters, channels): filters first.
        output_shape: of the result, in full.
        strides, padding, data_format, dilations: those of the convolution, as in `convolution`.
    """
    if any_symbolic((output_shape,)):
        return _conv_transpose_symbolic(input, filters, output_shape, strides, padding, data_format, dilations)
    x, kernel, channels_first = tensor(input), tensor(filters), is_channels_first(data_format)
    count = len(kernel.shape) - 2
    lengths = integers(output_shape)
    lengths = [*lengths[2:], lengths[1]] if channels_first else lengths[1:]
    strides = spatial(strides, count, channels_first, "strides")
    dilations = spatial(1 if dilations is None else dilations, count, channels_first, "dilations")
    op = ConvInputGrad(Conv(strides, _pads(padding, count, channels_first), dilations), tuple(lengths))
    return in_channels_last(lambda x: op(x, kernel), x, _keras_format(channels_first))


@symbolic
def _conv_transpose_symbolic(input, filters, output_shape, strides, padding, data_format, dilations):
    return conv_transpose(input, filters, output_shape, strides, padding, data_format, dilations)


def _pads(padding, count, channels_first):
    if isinstance(padding, str):
        return padding.lower()
    pairs = [tuple(pair) for pair in integers(padding)]
    if len(pairs) == count + 2:
        pairs = pairs[2:] if channels_first else pairs[1:-1]
    return tuple(pairs)


def conv1d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NWC", dilations=None, name=None
):
    """`conv_transpose` over one spatial axis."""
    return conv_transpose(input, filters, output_shape, strides, padding, data_format, dilations)


def conv2d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NHWC", dilations=None, name=None
):
    """`conv_transpose` over two spatial axes."""
    return conv_transpose(input, filters, output_shape, strides, padding, data_format, dilations)


def conv3d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NDHWC", dilations=None, name=None
):
    """`conv_transpose` over three spatial axes."""
    return conv_transpose(input, filters, output_shape, strides, padding, data_format, dilations)


def atrous_conv2d_transpose(value, filters, output_shape, rate, padding, name=None):
    """`conv2d_transpose` of `atrous_conv2d`."""
    return conv_transpose(value, filters, output_shape, 1, padding, "NHWC", rate)
