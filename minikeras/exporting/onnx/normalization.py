"""Normalization by the mean and variance of the input itself. (That by moving averages is made of plain arithmetic.)"""

from minikeras.exporting.onnx.registry import converts
from minikeras.ops.normalization import MeanAndVariance, Standardize, StandardizeRows


def moments(graph, x, axes):
    """(x − mean, mean, variance) over axes, which stay with length 1."""
    mean = graph.reduce("ReduceMean", x, axes, True)
    centred = graph.add("Sub", x, mean)
    return centred, mean, graph.reduce("ReduceMean", graph.add("Mul", centred, centred), axes, True)


def standardized(graph, x, axes, epsilon, dtype):
    """((x − mean) / √(variance + ε), mean, variance, √(variance + ε))."""
    centred, mean, variance = moments(graph, x, axes)
    deviation = graph.add("Sqrt", graph.add("Add", variance, graph.constant(epsilon, dtype)))
    return graph.add("Div", centred, deviation), mean, variance, deviation


@converts(MeanAndVariance)
def mean_and_variance(graph, step, x):
    return list(moments(graph, graph.read(x), step.op.axes)[1:])


@converts(Standardize)
def standardize(graph, step, x, scale, offset):
    y, mean, variance, _ = standardized(graph, graph.read(x), step.op.axes, step.op.epsilon, x.dtype)
    y = graph.add("Add", graph.add("Mul", y, graph.read(scale, x.dtype)), graph.read(offset, x.dtype))
    return [y, mean, variance]


@converts(StandardizeRows)
def standardize_rows(graph, step, x, scale, offset):
    name, scale, offset = graph.read(x), graph.read(scale, x.dtype), graph.read(offset, x.dtype)
    if graph.opset >= 17:
        return graph.add("LayerNormalization", name, scale, offset, axis=-1, epsilon=float(step.op.epsilon))
    y, _, _, _ = standardized(graph, name, [x.rank - 1], step.op.epsilon, x.dtype)
    return graph.add("Add", graph.add("Mul", y, scale), offset)
