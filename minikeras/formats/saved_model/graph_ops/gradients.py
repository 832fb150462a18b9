"""Gradient operations, as in functions that use a tape, such as training steps."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.indexing import PutItem
from minikeras.autodiff.tape import GradientTape
from minikeras.formats.saved_model.graph_ops import networks
from minikeras.formats.saved_model.graph_ops.registry import graph_op, graph_ops
from minikeras.ops.batched_indexing import slice_key
from minikeras.ops.convolution import ConvInputGrad, ConvKernelGrad
from minikeras.ops.spatial import in_channels_last, to_channels_last
from minikeras.ops.typed_reductions import sum_in_dtype

SELU, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def passed_back(function, inputs, dy):
    """The gradients of a function's inputs from that of its result."""
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        y = function(*inputs)
    return tape.gradient(y, inputs, output_gradients=dy)


@graph_op("BroadcastGradientArgs", "s0! s1!", gives="r0 r1")
def broadcast_axes(s0, s1):
    """The axes along which each of two broadcast shapes is repeated, constants."""
    shapes = [[1] * (max(len(s0), len(s1)) - len(s)) + s.tolist() for s in (s0, s1)]
    longest = [max(pair) if 0 not in pair else 0 for pair in zip(*shapes, strict=True)]
    axes = [[i for i, (n, m) in enumerate(zip(shape, longest, strict=True)) if n == 1 != m] for shape in shapes]
    added = [max(len(s0), len(s1)) - len(s) for s in (s0, s1)]
    return tuple(np.array(sorted({*range(more), *found}), s0.dtype) for more, found in zip(added, axes, strict=True))


# --- element by element -----------------------------------------------------------------------------------------------

graph_ops(
    "y dy",
    InvGrad=lambda y, dy: -dy * y * y,
    ReciprocalGrad=lambda y, dy: -dy * y * y,
    RsqrtGrad=lambda y, dy: dy * y * y * y * -0.5,
    SigmoidGrad=lambda y, dy: dy * y * (1 - y),
    SqrtGrad=lambda y, dy: dy * 0.5 / y,
    TanhGrad=lambda y, dy: dy * (1 - y * y),
)
graph_ops(
    "gradients outputs",
    EluGrad=lambda dy, y: ops.where(y < 0, dy * (y + 1), dy),
    SeluGrad=lambda dy, y: ops.where(y < 0, dy * (y + SELU * SELU_ALPHA), dy * SELU),
)
graph_ops(
    "gradients features",
    Relu6Grad=lambda dy, x: ops.where(ops.logical_and(x > 0, x < 6), dy, ops.zeros_like(dy)),
    ReluGrad=lambda dy, x: ops.where(x > 0, dy, ops.zeros_like(dy)),
    SoftplusGrad=lambda dy, x: dy * ops.sigmoid(x),
    SoftsignGrad=lambda dy, x: dy / ops.square(1 + ops.absolute(x)),
)


@graph_op("LeakyReluGrad", "gradients features")
def leaky_relu_gradient(dy, x, *, alpha=0.2):
    """dy, alpha·dy where x is not positive."""
    return ops.where(x > 0, dy, dy * alpha)


# --- shapes -----------------------------------------------------------------------------------------------------------


@graph_op("StridedSliceGrad", "shape! begin! end! strides! dy")
def strided_slice_gradient(
    shape, begin, end, strides, dy, *, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    """Zeros, with dy where a slice was taken."""
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    return PutItem(slice_key(begin, end, strides, *masks), tuple(shape.tolist()))(dy)


@graph_op("MirrorPadGrad", "input paddings!")
def mirror_pad_gradient(dy, paddings, *, mode):
    """The gradient of a mirrored border."""
    pairs = paddings.tolist()
    shape = [n - before - after for n, (before, after) in zip(dy.shape, pairs, strict=True)]
    return passed_back(lambda x: ops.pad(x, pairs, mode.lower()), [ops.zeros(shape, dy.dtype)], dy)[0]


@graph_op("ConcatOffset", "concat_dim! shape:N!")
def concat_offset(concat_dim, shape):
    """The start of each concatenated tensor, constants."""
    axis = int(concat_dim)
    starts = np.cumsum([0, *(each[axis] for each in shape[:-1])])
    return tuple(np.where(np.arange(len(shape[0])) == axis, start, 0).astype(shape[0].dtype) for start in starts)


# --- networks ---------------------------------------------------------------------------------------------------------


@graph_op("BiasAddGrad", "out_backprop")
def bias_gradient(dy, *, data_format="NHWC"):
    """The sum over all axes except the channels."""
    channel = 1 if networks.is_channels_first(data_format) else len(dy.shape) - 1
    return sum_in_dtype(dy, tuple(axis for axis in range(len(dy.shape)) if axis != channel))


def _kernel_gradient(x, sizes, dy, strides, padding, explicit_paddings, data_format, dilations):
    shape = tuple(sizes.tolist())
    conv = networks.conv_of(shape, strides, padding, explicit_paddings, data_format, dilations)
    if networks.is_channels_first(data_format):
        x, dy = to_channels_last(x), to_channels_last(dy)
    return ConvKernelGrad(conv, shape)(x, dy)


@graph_op("Conv2DBackpropFilter", "input filter_sizes! out_backprop")
def conv2d_kernel(x, sizes, dy, *, strides, padding, explicit_paddings=(), data_format="NHWC", dilations=(1, 1, 1, 1)):
    """The gradient of a convolution over two axes for its kernel."""
    return _kernel_gradient(x, sizes, dy, strides, padding, explicit_paddings, data_format, dilations)


@graph_op("Conv3DBackpropFilterV2", "input filter_sizes! out_backprop")
def conv3d_kernel(x, sizes, dy, *, strides, padding, data_format="NDHWC", dilations=(1, 1, 1, 1, 1)):
    """The gradient of a convolution over three axes for its kernel."""
    return _kernel_gradient(x, sizes, dy, strides, padding, (), data_format, dilations)


@graph_op("DepthwiseConv2dNativeBackpropFilter", "input filter_sizes! out_backprop")
def depthwise_kernel(
    x, sizes, dy, *, strides, padding, explicit_paddings=(), data_format="NHWC", dilations=(1, 1, 1, 1)
):
    """The gradient of a depthwise convolution for its kernel."""
    *window, channels, multiplier = sizes.tolist()
    grouped = np.array([*window, 1, channels * multiplier])
    gradient = _kernel_gradient(x, grouped, dy, strides, padding, explicit_paddings, data_format, dilations)
    return ops.reshape(gradient, (*window, channels, multiplier))


@graph_op("DepthwiseConv2dNativeBackpropInput", "input_sizes! filter out_backprop")
def depthwise_input(
    sizes, kernel, dy, *, strides, padding, explicit_paddings=(), data_format="NHWC", dilations=(1, 1, 1, 1)
):
    """The gradient of a depthwise convolution for its input."""
    *window, channels, multiplier = kernel.shape
    grouped = ops.reshape(kernel, (*window, 1, channels * multiplier))
    lengths = sizes.tolist()
    first = networks.is_channels_first(data_format)
    conv = networks.conv_of(grouped.shape, strides, padding, explicit_paddings, data_format, dilations)
    op = ConvInputGrad(conv, [*lengths[2:], lengths[1]] if first else lengths[1:])
    return in_channels_last(lambda dy: op(dy, grouped), dy, "channels_first" if first else "channels_last")


@graph_op("MaxPoolGrad", "orig_input orig_output grad")
def max_pool_gradient(x, y, dy, *, ksize, strides, padding, explicit_paddings=(), data_format="NHWC"):
    """The gradient of max-pooling."""
    attributes = {"explicit_paddings": explicit_paddings, "data_format": data_format}
    return passed_back(
        lambda x: networks.max_pool(x, ksize=ksize, strides=strides, padding=padding, **attributes), [x], dy
    )[0]


@graph_op("MaxPool3DGrad", "orig_input orig_output grad")
def max_pool_3d_gradient(x, y, dy, *, ksize, strides, padding, data_format="NDHWC"):
    """The same over three axes."""
    settings = {"ksize": ksize, "strides": strides, "padding": padding, "data_format": data_format}
    return passed_back(lambda x: networks.max_pool_3d(x, **settings), [x], dy)[0]


@graph_op("AvgPoolGrad", "orig_input_shape! grad")
def average_pool_gradient(shape, dy, *, ksize, strides, padding, data_format="NHWC"):
    """The gradient of average pooling."""
    settings = {"ksize": ksize, "strides": strides, "padding": padding, "data_format": data_format}
    zeros = ops.zeros(shape.tolist(), dy.dtype)
    return passed_back(lambda x: networks.average_pool(x, **settings), [zeros], dy)[0]


@graph_op("AvgPool3DGrad", "orig_input_shape! grad")
def average_pool_3d_gradient(shape, dy, *, ksize, strides, padding, data_format="NDHWC"):
    """The same over three axes."""
    settings = {"ksize": ksize, "strides": strides, "padding": padding, "data_format": data_format}
    zeros = ops.zeros(shape.tolist(), dy.dtype)
    return passed_back(lambda x: networks.average_pool_3d(x, **settings), [zeros], dy)[0]
