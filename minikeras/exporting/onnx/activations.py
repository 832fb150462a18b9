"""Activation functions."""

import math

import numpy as np

from minikeras.autodiff.shapes import normalize_axes
from minikeras.exporting.onnx.registry import converts, of_class
from minikeras.ops import activation, smooth_activation
from minikeras.ops.softmax import LogSoftmax, Softmax, Sparsemax

of_class(
    {
        activation.Relu: "Relu",
        smooth_activation.Sigmoid: "Sigmoid",
        smooth_activation.Softplus: "Softplus",
        smooth_activation.Softsign: "Softsign",
    },
    lambda graph, step, operator, x: graph.add(operator, graph.read(x, step.outputs[0].dtype)),
)


def limited(graph, step, x, least, most):
    """min(max(x, least), most)."""
    dtype = step.outputs[0].dtype
    return graph.add("Clip", graph.read(x, dtype), graph.constant(least, dtype), graph.constant(most, dtype))


converts(activation.Relu6)(lambda graph, step, x: limited(graph, step, x, 0, 6))
converts(activation.HardTanh)(lambda graph, step, x: limited(graph, step, x, -1, 1))


@converts(activation.LeakyRelu)
def leaky_relu(graph, step, x):
    return graph.add("LeakyRelu", graph.read(x, step.outputs[0].dtype), alpha=float(step.op.negative_slope))


@converts(smooth_activation.Silu)
def silu(graph, step, x):
    x = graph.read(x, step.outputs[0].dtype)
    return graph.add("Mul", x, graph.add("Sigmoid", x))


@converts(smooth_activation.Elu)
def elu(graph, step, x):
    return graph.add("Elu", graph.read(x, step.outputs[0].dtype), alpha=float(step.op.alpha))


@converts(smooth_activation.Celu)
def celu(graph, step, x):
    return graph.add("Celu", graph.read(x, np.float32), alpha=float(step.op.alpha))


@converts(smooth_activation.Selu)
def selu(graph, step, x):
    name = graph.read(x, step.outputs[0].dtype)
    return graph.add("Selu", name, alpha=float(step.op.alpha), gamma=float(step.op.scale))


@converts(smooth_activation.Gelu)
def gelu(graph, step, x):
    """x · (1 + erf(x / √2)) / 2."""
    dtype = step.outputs[0].dtype
    x = graph.read(x, dtype)
    share = graph.add("Erf", graph.add("Mul", x, graph.constant(math.sqrt(0.5), dtype)))
    share = graph.add("Add", share, graph.constant(1, dtype))
    return graph.add("Mul", graph.add("Mul", x, share), graph.constant(0.5, dtype))


@converts(smooth_activation.TanhGelu)
def tanh_gelu(graph, step, x):
    """x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2."""
    dtype = step.outputs[0].dtype
    x = graph.read(x, dtype)
    square = graph.add("Mul", x, x)
    factor = graph.add("Mul", square, graph.constant(step.op.cubic, dtype))
    factor = graph.add("Add", factor, graph.constant(1, dtype))
    u = graph.add("Mul", graph.add("Mul", x, graph.constant(step.op.slope, dtype)), factor)
    share = graph.add("Add", graph.add("Tanh", u), graph.constant(1, dtype))
    return graph.add("Mul", graph.add("Mul", x, share), graph.constant(0.5, dtype))


def along_axis(operator):
    """The conversion of a function along one axis, or along several that are merged for it."""

    def convert(graph, step, x):
        axes = normalize_axes(step.op.axis, x.rank)
        name = graph.read(x, step.outputs[0].dtype)
        if len(axes) == 1:
            return graph.add(operator, name, axis=axes[0])
        order = [axis for axis in range(x.rank) if axis not in axes] + list(axes)
        moved = graph.transpose(name, order)
        shape = [x.shape[axis] for axis in order]
        merged = graph.reshape(moved, [*shape[: x.rank - len(axes)], -1])
        y = graph.reshape(graph.add(operator, merged, axis=-1), shape)
        return graph.transpose(y, np.argsort(order).tolist())

    return convert


converts(Softmax)(along_axis("Softmax"))
converts(LogSoftmax)(along_axis("LogSoftmax"))


@converts(Sparsemax)
def sparsemax(graph, step, x):
    """As in `Sparsemax`: its threshold is (Σ running sums of the support − 1) / k, in descending order."""
    (axis,) = normalize_axes(step.op.axis, x.rank)
    dtype, length = x.dtype, graph.length(x.shape[axis])
    name, one = graph.read(x), graph.constant(1, x.dtype)
    ordered, _ = graph.add("TopK", name, length, outputs=2, axis=axis)
    sums = graph.add("CumSum", ordered, graph.constant(axis, np.int64))
    ones = graph.add("Expand", one, graph.add("Shape", name))
    rank = graph.add("CumSum", ones, graph.constant(axis, np.int64))
    rest = graph.add("Sub", ordered, graph.add("Div", graph.add("Sub", sums, one), rank))
    support = graph.cast(graph.add("Greater", rest, graph.constant(0, dtype)), dtype)
    count = graph.reduce("ReduceSum", support, [axis], True)
    total = graph.reduce("ReduceSum", graph.add("Mul", sums, support), [axis], True)
    threshold = graph.add("Div", graph.add("Sub", total, one), count)
    return graph.add("Relu", graph.add("Sub", name, threshold))
