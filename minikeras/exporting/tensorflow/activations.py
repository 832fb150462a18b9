"""Activation functions whose settings TensorFlow's operations do not have."""

from minikeras.exporting.tensorflow.registry import converts
from minikeras.ops import smooth_activation


def on_both_sides(graph, x, negative, scale=1.0):
    """x above 0 and `negative(min(x, 0))` below, times `scale`."""
    zero = graph.number(0, x)
    y = graph.add("SelectV2", graph.add("Greater", x, zero), x, negative(graph.add("Minimum", x, zero)))
    return y if scale == 1 else graph.multiply(y, scale)


@converts(smooth_activation.Elu, smooth_activation.Selu)
def elu(graph, step, x):
    scale = float(getattr(step.op, "scale", 1.0))
    x = graph.read(x, step.outputs[0].dtype)
    return on_both_sides(graph, x, lambda n: graph.multiply(graph.add("Expm1", n), step.op.alpha), scale)


@converts(smooth_activation.Celu)
def celu(graph, step, x):
    x = graph.read(x, step.outputs[0].dtype)
    alpha = float(step.op.alpha)
    return on_both_sides(graph, x, lambda n: graph.multiply(graph.add("Expm1", graph.multiply(n, 1 / alpha)), alpha))
