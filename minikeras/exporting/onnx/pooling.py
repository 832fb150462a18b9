"""Maximum and average over sliding windows."""

import numpy as np

from minikeras.exporting.onnx.convolution import channels_first, channels_last, padding_attributes
from minikeras.exporting.onnx.registry import converts
from minikeras.ops.pooling import AveragePool, MaxPool, MaxPool3D


def pool(graph, step, x, operator, **attributes):
    """A pooling node between transpositions. Padded elements are ignored."""
    op = step.op
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
    ones = (1,) * len(op.window)
    y = graph.add(
        operator,
        channels_first(graph, graph.read(x, dtype), x.rank),
        kernel_shape=list(op.window),
        strides=list(op.strides),
        **padding_attributes(op, x.shape[1:-1], op.window, op.strides, ones),
        **attributes,
    )
    y = channels_last(graph, y, x.rank)
    return graph.cast(y, step.outputs[0].dtype)


@converts(MaxPool, MaxPool3D)
def max_pool(graph, step, x):
    return pool(graph, step, x, "MaxPool")


@converts(AveragePool)
def average_pool(graph, step, x):
    return pool(graph, step, x, "AveragePool", count_include_pad=0)
