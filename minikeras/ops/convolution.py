"""Convolution over one, two or three spatial axes, its transpose, and its depthwise and separable forms.

Three ops are each other's gradients, because convolution is linear in the image and in the kernel:

    y = Conv(x, kernel)    dx = ConvInputGrad(dy, kernel)    dkernel = ConvKernelGrad(x, dy)

The transposed convolution is `ConvInputGrad` used forward; a depthwise one is `Conv` with as many groups as channels.
The ops are channels-last. A channels-first input is transposed first, and the output back.
"""

import math

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float, promote, result_type
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape
from minikeras.config import standardize_data_format
from minikeras.kernels import convolution as kernels
from minikeras.kernels.windows import explicit_pads, span
from minikeras.ops.core import as_float_tensor, float_operand, in_float32
from minikeras.ops.spatial import (
    check_rank,
    in_channels_last,
    per_axis,
    spatial_output_shape,
    standardize_padding,
)


class Conv(Op):
    """y[n, i, f] = Σ_a Σ_c x_padded[n, i·stride + a·dilation, c] · kernel[a, c, f].

    x: (batch, *spatial, channels), kernel: (*window, channels / groups, filters), y: (batch, *outputs, filters).
    The number of groups follows from the two shapes.

    Args:
        strides, dilation: one integer per spatial axis.
        padding: "valid", "same" (the odd row or column at the end), or ((before, after), …).
    """

    keeps = ("inputs",)

    def __init__(self, strides, padding, dilation):
        self.strides = strides
        self.padding = padding
        self.dilation = dilation

    def forward(self, x, kernel, bias=None, relu=False):
        self.output_shape(x.shape, kernel.shape)  # raises if they do not fit
        x, kernel = promote(as_float(x), as_float(kernel))
        geometry = self.geometry(x.shape[1:-1], kernel.shape[:-2])
        groups = groups_of(x.shape[-1], kernel.shape)
        return in_float32(kernels.convolution, (x, kernel), *geometry, groups, bias, relu)

    with_bias = forward  # for `ops/epilogue.py`

    def multiplications(self, shapes, output_shape):
        return math.prod(output_shape[:-1]) * math.prod(shapes[1])

    def backward(self, call, dy):
        return self.gradients(*call.inputs, dy, call.needs_gradient)

    def gradients(self, x, kernel, dy, needs_gradient):
        """(dx, dkernel), None for gradients that are not needed."""
        dx = ConvInputGrad(self, x.shape[1:]).of(dy, kernel) if needs_gradient[0] else None
        dkernel = ConvKernelGrad(self, kernel.shape).of(x, dy) if needs_gradient[1] else None
        return dx, dkernel

    def geometry(self, sizes, window):
        """(strides, pads, dilation) as the kernels need them."""
        return self.strides, explicit_pads(self.padding, sizes, window, self.strides, self.dilation), self.dilation

    def output_shape(self, x_shape, kernel_shape):
        groups_of(x_shape[-1], kernel_shape)  # raises if they do not fit
        outputs = spatial_output_shape(x_shape, kernel_shape[:-2], self.strides, self.padding, self.dilation)
        return (x_shape[0], *outputs, kernel_shape[-1])

    def batch_inputs(self, shapes, output_shape):
        return [True, False]

    def output_dtype(self, x, kernel):
        return result_type(x.dtype, kernel.dtype)


class ConvInputGrad(Op):
    """dx[n, i·stride + a·dilation, c] += Σ_f dy[n, i, f] · kernel[a, c, f]: a `Conv`'s gradient for its x.

    Args:
        conv: the `Conv`, for its strides, padding and dilation.
        x_shape: (*spatial, channels) of x, which the shape of dy does not determine.
    """

    keeps = ("inputs",)

    def __init__(self, conv, x_shape):
        self.conv = conv
        self.x_shape = tuple(x_shape)

    def forward(self, dy, kernel, bias=None, relu=False):
        dy, kernel = promote(as_float(dy), as_float(kernel))
        sizes = self.x_shape[:-1]
        geometry = self.conv.geometry(sizes, kernel.shape[:-2])
        groups = groups_of(self.x_shape[-1], kernel.shape)
        return in_float32(kernels.convolution_input_gradient, (dy, kernel), sizes, *geometry, groups, bias, relu)

    with_bias = forward  # for `ops/epilogue.py`

    def backward(self, call, ddx):
        return self.gradients(*call.inputs, ddx, call.needs_gradient)

    def gradients(self, dy, kernel, ddx, needs_gradient):
        """(ddy, dkernel), None for gradients that are not needed."""
        ddy = self.conv.of(ddx, kernel) if needs_gradient[0] else None
        dkernel = ConvKernelGrad(self.conv, kernel.shape).of(ddx, dy) if needs_gradient[1] else None
        return ddy, dkernel

    def multiplications(self, shapes, output_shape):
        return math.prod(shapes[0][:-1]) * math.prod(shapes[1])

    def output_shape(self, dy_shape, kernel_shape):
        return (dy_shape[0], *self.x_shape)

    def batch_inputs(self, shapes, output_shape):
        return [True, False]

    def output_dtype(self, dy, kernel):
        return result_type(dy.dtype, kernel.dtype)


class ConvKernelGrad(Op):
    """dkernel[a, c, f] = Σ_n Σ_i x_padded[n, i·stride + a·dilation, c] · dy[n, i, f]: a `Conv`'s for its kernel.

    Args:
        conv: the `Conv`, for its strides, padding and dilation.
        kernel_shape: (*window, channels / groups, filters).
    """

    keeps = ("inputs",)

    def __init__(self, conv, kernel_shape):
        self.conv = conv
        self.kernel_shape = tuple(kernel_shape)

    def forward(self, x, dy):
        x, dy = promote(x, dy)
        window = self.kernel_shape[:-2]
        geometry = self.conv.geometry(x.shape[1:-1], window)
        groups = groups_of(x.shape[-1], self.kernel_shape)
        return in_float32(kernels.convolution_kernel_gradient, (x, dy), window, *geometry, groups)

    def backward(self, call, ddkernel):
        x, dy = call.inputs
        dx = ConvInputGrad(self.conv, call.input_shapes[0][1:]).of(dy, ddkernel) if call.needs_gradient[0] else None
        ddy = self.conv.of(x, ddkernel) if call.needs_gradient[1] else None
        return dx, ddy

    def multiplications(self, shapes, output_shape):
        return math.prod(shapes[1][:-1]) * math.prod(output_shape)

    def output_shape(self, x_shape, dy_shape):
        return self.kernel_shape


def groups_of(channels, kernel_shape):
    """How many groups a kernel (*window, channels / groups, filters) makes of `channels`.

    Raises:
        ValueError: the kernel does not fit that number of channels.
    """
    kernel_channels, filters = kernel_shape[-2:]
    if channels is None:
        return 1
    if not kernel_channels or channels % kernel_channels or filters % max(channels // kernel_channels, 1):
        raise ValueError(
            "The number of input channels must match the kernel, or (for a convolution in groups) be a multiple of "
            f"its number that cuts the filters into as many groups. Received: {channels} input channels, and a kernel "
            f"of shape {tuple(kernel_shape)} (*window, channels, filters). Check `data_format`, and whether the input "
            "has a channel axis."
        )
    return channels // kernel_channels


@composed(inputs=2)
def conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution: y[n, i, f] = Σ_a Σ_c x_padded[n, i·stride + a·dilation, c] · kernel[a, c, f].

    Args:
        inputs: (batch, *spatial, channels) with one to three spatial axes; (batch, channels, *spatial) if `data_format`
            is "channels_first".
        kernel: (*window, channels, filters). With channels / g in place of channels it convolves in g groups.
        strides, dilation_rate: an integer, or one per spatial axis.
        padding: "valid" (none) or "same" (as many outputs as inputs / stride, the odd zero at the end).
        data_format: None for the configured default.

    Raises:
        ValueError: the channels do not fit the kernel, or the window is larger than the input.
    """
    x, kernel = float_operand(inputs, takes="fiu"), as_float_tensor(kernel)
    op = conv_op(x, kernel, strides, padding, dilation_rate)
    return in_channels_last(lambda x: op(x, kernel), x, standardize_data_format(data_format))


@composed(inputs=2)
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolve each channel separately: y[n, i, c·M + m] = Σ_a x_padded[n, i·stride + a·dilation, c] · kernel[a, c, m].

    Args:
        kernel: (*window, channels, M).
        inputs, strides, padding, data_format, dilation_rate: as in `conv`.

    Returns:
        (batch, *outputs, channels · M), or channels first.
    """
    x, kernel = float_operand(inputs, takes="fiu"), as_float_tensor(kernel)
    data_format = standardize_data_format(data_format)
    op, grouped = depthwise_op(x, kernel, strides, padding, data_format, dilation_rate)
    return in_channels_last(lambda x: op(x, grouped), x, data_format)


def depthwise_op(x, kernel, strides, padding, data_format, dilation_rate):
    """The `Conv` of a depthwise convolution, and the kernel that it takes: one group per channel."""
    channels, (kernel_channels, multiplier) = x.shape[-1 if data_format == "channels_last" else 1], kernel.shape[-2:]
    if channels not in (None, kernel_channels):
        raise ValueError(
            "The inputs must have as many channels as the kernel. Received: "
            f"inputs.shape={tuple(x.shape)} with {channels} channels (data_format={data_format!r}), "
            f"kernel.shape={tuple(kernel.shape)} (*window, channels, multiplier)"
        )
    op = conv_op(x, kernel, strides, padding, dilation_rate)
    return op, Reshape((*kernel.shape[:-2], 1, kernel_channels * multiplier))(kernel)


@composed(inputs=3)
def separable_conv(
    inputs, depthwise_kernel, pointwise_kernel, strides=1, padding="valid", data_format=None, dilation_rate=1
):
    """A depthwise convolution, then a pointwise one that mixes its channels.

    Args:
        depthwise_kernel: (*window, channels, M).
        pointwise_kernel: (1, …, 1, channels · M, filters).
        inputs, strides, padding, data_format, dilation_rate: as in `conv`; they concern the depthwise part.
    """
    y = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(y, pointwise_kernel, data_format=data_format)


@composed(inputs=2)
def conv_transpose(inputs, kernel, strides=1, padding="valid", output_padding=None, data_format=None, dilation_rate=1):
    """Transposed convolution: y[n, i·stride + a·dilation − before, f] += Σ_c x[n, i, c] · kernel[a, f, c].

    It goes from the shape of a convolution's output to that of its input. Several input lengths lead to one output
    length, so it is chosen: along an axis of length n, with a window that spans k,
    (n − 1) · stride + max(k, stride) for "valid" and n · stride for "same"; given `output_padding`,
    (n − 1) · stride + k + output_padding and (n − 1) · stride + k mod 2 + output_padding.

    Args:
        kernel: (*window, filters, channels): filters first, since forward and backward are swapped.
        output_padding: None, an integer, or one per spatial axis.
        inputs, strides, padding, data_format, dilation_rate: as in `conv`.

    Raises:
        ValueError: the channels do not fit the kernel, or no convolution has this output length.
    """
    x, kernel = float_operand(inputs, takes="fiu"), as_float_tensor(kernel)
    data_format = standardize_data_format(data_format)
    op = transposed_op(x, kernel, strides, padding, output_padding, data_format, dilation_rate)
    return in_channels_last(lambda x: op(x, kernel), x, data_format)


def transposed_op(x, kernel, strides, padding, output_padding, data_format, dilation_rate):
    """The `ConvInputGrad` that is a transposed convolution."""
    op = conv_op(x, kernel, strides, padding, dilation_rate)
    channels_last_shape = x.shape if data_format == "channels_last" else (x.shape[0], *x.shape[2:], x.shape[1])
    sizes = transposed_sizes(channels_last_shape, kernel.shape, op, output_padding)
    return ConvInputGrad(op, (*sizes, kernel.shape[-2]))


def transposed_sizes(x_shape, kernel_shape, conv, output_padding):
    """The spatial output lengths of `conv_transpose` for `x_shape` (channels-last); None stays None."""
    if x_shape[-1] not in (None, kernel_shape[-1]):
        raise ValueError(
            "The inputs must have as many channels as the last axis of the kernel. Received: an input of shape "
            f"{tuple(x_shape)} in channels-last order, kernel.shape={tuple(kernel_shape)} (*window, filters, channels)"
        )
    count = len(x_shape) - 2
    extras = output_padding if isinstance(output_padding, (tuple, list)) else (output_padding,) * count
    extents = span(kernel_shape[:-2], conv.dilation)
    sizes = []
    for n, extent, stride, extra in zip(x_shape[1:-1], extents, conv.strides, extras, strict=True):
        if n is None:
            sizes.append(None)
            continue
        if extra is None:
            size = n * stride if conv.padding == "same" else (n - 1) * stride + max(extent, stride)
        else:
            size = (n - 1) * stride + (extent % 2 if conv.padding == "same" else extent) + extra
        back = -(-size // stride) if conv.padding == "same" else (size - extent) // stride + 1
        if n and back != n:
            raise ValueError(
                f"A convolution makes {back} positions out of {size}, not the {n} of this input, so there is no "
                f"transposed one. Received: output_padding={output_padding}, strides={conv.strides}, "
                f"padding={conv.padding!r}, window={tuple(kernel_shape[:-2])}. Choose a smaller `output_padding`."
            )
        sizes.append(size)
    return tuple(sizes)


def conv_op(x, kernel, strides, padding, dilation_rate):
    """The `Conv` for these arguments, whose number of axes are checked."""
    check_rank(x.shape)
    if len(kernel.shape) != len(x.shape):
        raise ValueError(
            "`inputs` and `kernel` must have the same number of axes: (batch, *spatial, channels) and "
            f"(*window, channels, filters). Received: inputs.shape={tuple(x.shape)}, kernel.shape={tuple(kernel.shape)}"
        )
    count = len(x.shape) - 2
    strides, dilation = per_axis(strides, count, "strides"), per_axis(dilation_rate, count, "dilation_rate")
    return Conv(strides, standardize_padding(padding), dilation)
