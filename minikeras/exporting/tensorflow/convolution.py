"""Convolutions, transposed ones, patches, pooling. TensorFlow's are channels-last like ours."""

import math

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.tensorflow.registry import converts
from minikeras.ops.convolution import Conv, ConvInputGrad, groups_of
from minikeras.ops.patches import Patches
from minikeras.ops.pooling import AveragePool, MaxPool, MaxPool3D


def planes(graph, name, rank):
    """(batch, n, channels) as (batch, 1, n, channels): there are no one-dimensional operations."""
    return graph.unsqueeze(name, [1]) if rank == 3 else name


def per_axis(numbers):
    """Strides or windows of all axes: 1 for a plane's first, for batch and channels."""
    numbers = [1, *numbers] if len(numbers) == 1 else list(numbers)
    return [1, *numbers, 1]


def padded(graph, name, padding, value=0):
    """(the input, "SAME" or "VALID"): explicit padding is applied to the input here."""
    if isinstance(padding, str):
        return name, padding.upper()
    widths = graph.constant(np.array([(0, 0), *padding, (0, 0)], np.int64))
    return graph.add("PadV2", name, widths, graph.number(value, name)), "VALID"


def spread(graph, kernel, shape, dilation):
    """A kernel with zeros between its elements, for operations without dilation on CPUs."""
    shape = list(shape)
    for axis, step in enumerate(dilation):
        if step > 1:
            widths = np.zeros((len(shape) + 1, 2), np.int64)
            widths[axis + 1, 1] = step - 1
            kernel = graph.add(
                "PadV2", graph.unsqueeze(kernel, [axis + 1]), graph.constant(widths), graph.number(0, kernel)
            )
            length, shape[axis] = (shape[axis] - 1) * step + 1, shape[axis] * step
            kernel = graph.slice(graph.reshape(kernel, shape), axis, 0, length)
            shape[axis] = length
    return kernel


@converts(Conv)
def conv(graph, step, x, kernel):
    op, dtype = step.op, step.outputs[0].dtype
    name, padding = padded(graph, graph.read(x, dtype), op.padding)
    y = convolved(graph, name, graph.read(kernel, dtype), x, kernel.shape, op, padding)
    return graph.squeeze(y, [1]) if x.rank == 3 else y


def convolved(graph, name, kernel, x, kernel_shape, op, padding):
    """The convolution of `name`, which is already padded: depthwise if each channel is a group."""
    groups, channels = groups_of(x.shape[-1], kernel_shape), x.shape[-1]
    name, dilation, window = planes(graph, name, x.rank), list(op.dilation), list(kernel_shape[:-2])
    if x.rank == 3:
        kernel, dilation, window = graph.unsqueeze(kernel, [0]), [1, *dilation], [1, *window]
    settings = {"strides": per_axis(op.strides), "padding": padding}
    if groups == channels > 1 and x.rank < 5 and len(set(op.strides)) == 1:
        filters = kernel_shape[-1] // channels
        kernel = graph.reshape(kernel, [*window, channels, filters])
        settings["strides"] = [1, op.strides[0], op.strides[0], 1]
        return graph.add(
            "DepthwiseConv2dNative", name, spread(graph, kernel, [*window, channels, filters], dilation), **settings
        )
    if x.rank == 5:
        kernel = spread(graph, kernel, kernel_shape, dilation)
    else:
        settings["dilations"] = [1, *dilation, 1]
    operator = "Conv3D" if x.rank == 5 else "Conv2D"
    if groups == 1:
        return graph.add(operator, name, kernel, **settings)
    parts = graph.split(name, [channels // groups] * groups, len(window) + 1)
    kernels = graph.split(kernel, [kernel_shape[-1] // groups] * groups, len(window) + 1)
    return graph.joined(
        [graph.add(operator, *pair, **settings) for pair in zip(parts, kernels, strict=True)], len(window) + 1
    )


@converts(ConvInputGrad)
def transposed_conv(graph, step, dy, kernel):
    """The gradient of a convolution with respect to its input, of a given size; cropped if padding is explicit."""
    conv, dtype, shape = step.op.conv, step.outputs[0].dtype, list(step.outputs[0].shape)
    if groups_of(shape[-1], kernel.shape) > 1:
        raise Inexpressible("is a transposed convolution in groups")
    name, weights, pads = graph.read(dy, dtype), graph.read(kernel, dtype), None
    weights = spread(graph, weights, kernel.shape, conv.dilation)
    if not isinstance(conv.padding, str):
        pads = conv.padding
        shape[1:-1] = [_longer(n, before + after) for n, (before, after) in zip(shape[1:-1], pads, strict=True)]
    sizes = shape
    if dy.rank == 3:
        name, weights, sizes = graph.unsqueeze(name, [1]), graph.unsqueeze(weights, [0]), [shape[0], 1, *shape[1:]]
    sizes = graph.cast(graph.shape(sizes), np.dtype(np.int32))
    y = graph.add(
        "Conv3DBackpropInputV2" if dy.rank == 5 else "Conv2DBackpropInput", sizes, weights, name,
        strides=per_axis(conv.strides), padding=conv.padding.upper() if pads is None else "VALID",
    )  # fmt: skip
    y = graph.squeeze(y, [1]) if dy.rank == 3 else y
    for axis, (before, after) in enumerate(pads or (), 1):
        y = graph.slice(y, axis, before, -after if after else None)
    return y


def _longer(length, by):
    return Unknown(tuple(n + by for n in length.sizes)) if isinstance(length, Unknown) else length + by


@converts(Patches)
def patches(graph, step, x):
    """A convolution with a kernel that selects each element of the window."""
    op, channels = step.op, x.shape[-1]
    count = math.prod(op.window) * channels
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
    kernel = np.eye(count, dtype=dtype).reshape(*op.window, channels, count)
    name, padding = padded(graph, graph.read(x, dtype), op.padding)
    y = convolved(graph, name, graph.constant(kernel), x, kernel.shape, op, padding)
    return graph.cast(graph.squeeze(y, [1]) if x.rank == 3 else y, x.dtype)


def pool(operator):
    """The conversion of a pooling. Padded elements are ignored."""

    def convert(graph, step, x):
        op, dtype = step.op, x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
        if not isinstance(op.padding, str):
            raise Inexpressible("pads by given numbers")
        y = graph.add(
            operator + ("3D" if x.rank == 5 else ""), planes(graph, graph.read(x, dtype), x.rank),
            ksize=per_axis(op.window), strides=per_axis(op.strides), padding=op.padding.upper(),
        )  # fmt: skip
        return graph.cast(graph.squeeze(y, [1]) if x.rank == 3 else y, step.outputs[0].dtype)

    return convert


converts(MaxPool, MaxPool3D)(pool("MaxPool"))
converts(AveragePool)(pool("AvgPool"))
