"""Convolutions, transposed ones, patches. ONNX's are channels-first, ours channels-last: transpositions around them."""

import math

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown, holds_unknown
from minikeras.exporting.onnx.registry import converts
from minikeras.kernels.windows import explicit_pads, span
from minikeras.ops.convolution import Conv, ConvInputGrad, groups_of
from minikeras.ops.patches import Patches


def channels_first(graph, name, rank):
    """(batch, *spatial, channels) to (batch, channels, *spatial)."""
    return graph.transpose(name, [0, rank - 1, *range(1, rank - 1)])


def channels_last(graph, name, rank):
    """(batch, channels, *spatial) to (batch, *spatial, channels)."""
    return graph.transpose(name, [0, *range(2, rank), 1])


def padding_attributes(op, sizes, window, strides, dilation):
    """The padding attributes; ONNX's own rule for "same" padding if that depends on an unknown length."""
    if holds_unknown(sizes) and op.padding == "same" and any(stride > 1 for stride in strides):
        return {"auto_pad": "SAME_UPPER"}
    known = [1 if isinstance(n, Unknown) else n for n in sizes]  # other padding does not depend on it
    pads = explicit_pads(op.padding, tuple(known), tuple(window), tuple(strides), tuple(dilation))
    return {"pads": [int(before) for before, _ in pads] + [int(after) for _, after in pads]}


def kernel_first(graph, kernel, dtype):
    """A kernel (*window, inputs, outputs) as (outputs, inputs, *window)."""
    order = [kernel.rank - 1, kernel.rank - 2, *range(kernel.rank - 2)]
    if kernel.is_constant:
        return graph.constant(kernel.array.transpose(order), dtype, name=f"{graph.scope}/kernel")
    return graph.transpose(graph.read(kernel, dtype), order)


@converts(Conv)
def conv(graph, step, x, kernel):
    op, dtype, window = step.op, step.outputs[0].dtype, kernel.shape[:-2]
    y = graph.add(
        "Conv",
        channels_first(graph, graph.read(x, dtype), x.rank),
        kernel_first(graph, kernel, dtype),
        strides=list(op.strides),
        dilations=list(op.dilation),
        group=groups_of(x.shape[-1], kernel.shape),
        **padding_attributes(op, x.shape[1:-1], window, op.strides, op.dilation),
    )
    return channels_last(graph, y, x.rank)


@converts(ConvInputGrad)
def transposed_conv(graph, step, dy, kernel):
    """`ConvTranspose`, whose output has stride · (n − 1) + span − pads + output_padding elements along an axis."""
    conv, dtype, window = step.op.conv, step.outputs[0].dtype, kernel.shape[:-2]
    geometries = [_geometry(op, _numbers(dy.shape, which), window) for which, op in enumerate(step.ops)]
    if any(geometry != geometries[0] for geometry in geometries):
        raise Inexpressible("pads an axis by a number that depends on its length")
    extra, pads = geometries[0]
    y = graph.add(
        "ConvTranspose",
        channels_first(graph, graph.read(dy, dtype), dy.rank),
        kernel_first(graph, kernel, dtype),
        strides=list(conv.strides),
        dilations=list(conv.dilation),
        group=groups_of(step.op.x_shape[-1], kernel.shape),
        pads=pads,
        output_padding=extra,
    )
    return channels_last(graph, y, dy.rank)


def _numbers(shape, which):
    return [n.sizes[which] if isinstance(n, Unknown) else n for n in shape]


def _geometry(op, dy_shape, window):
    """(output_padding, pads): an output that is too short is padded at the end, one that is too long is cropped."""
    sizes = tuple(op.x_shape[:-1])
    strides, pads, dilation = op.conv.geometry(sizes, tuple(window))
    before, after, extra = [], [], []
    for n, size, extent, stride, (first, last) in zip(
        dy_shape[1:-1], sizes, span(tuple(window), tuple(dilation)), strides, pads, strict=True
    ):
        missing = size - (stride * (n - 1) + extent - first - last)
        before.append(int(first))
        after.append(int(last - min(missing, 0)))
        extra.append(int(max(missing, 0)))
    return extra, before + after


@converts(Patches)
def patches(graph, step, x):
    """A convolution with a kernel that selects each element of the window."""
    op, channels = step.op, x.shape[-1]
    count = math.prod(op.window) * channels
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
    kernel = np.eye(count, dtype=dtype).reshape(count, *op.window, channels)
    kernel = np.moveaxis(kernel, -1, 1)
    y = graph.add(
        "Conv",
        channels_first(graph, graph.read(x, dtype), x.rank),
        graph.constant(kernel),
        strides=list(op.strides),
        dilations=list(op.dilation),
        **padding_attributes(op, x.shape[1:-1], op.window, op.strides, op.dilation),
    )
    return graph.cast(channels_last(graph, y, x.rank), x.dtype)
