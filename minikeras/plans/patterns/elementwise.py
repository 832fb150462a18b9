"""Elementwise passes that one loop can compute: relu and its gradient with the ops before and after."""

from minikeras.autodiff.arithmetic import Add
from minikeras.autodiff.shapes import normalize_axes
from minikeras.ops.activation import Relu
from minikeras.ops.pooling import MaxPool
from minikeras.ops.reduction import Mean
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.patterns.sums import bias_gradient


def add_and_relu(graph, position, buffers):
    """Add of two arrays and Relu, as at the end of a residual block."""
    if not graph.is_a(position, Compute, Add):
        return None
    part = graph.instructions[position]
    activated = graph.only_reader_is(part.writes[0], Compute, Relu)
    if activated is None or buffers[part.reads[0]].shape != buffers[part.reads[1]].shape:
        return None
    roles = {"a": part.reads[0], "b": part.reads[1], "y": graph.instructions[activated].writes[0]}
    return [position, activated], Fused("add + relu", [part, graph.instructions[activated]], roles)


def max_pool_alone(graph, position, buffers):
    """MaxPool without readers of the maxima's positions, as in predictions: half of its results."""
    if not graph.is_a(position, Compute, MaxPool):
        return None
    pool = graph.instructions[position]
    (x,), (y, argmax) = pool.reads, pool.writes
    if argmax in graph.readers or argmax in graph.kept:
        return None
    return [position], Fused("max-pool without positions", [pool], {"x": x, "y": y}, op=pool.op)


def max_pool_gradient(graph, position, buffers):
    """The gradients of MaxPool, of the Relu before it, and of a bias before that."""
    if not graph.is_a(position, Gradient, MaxPool):
        return None
    pool = graph.instructions[position]
    (_, argmax), (dy, _), (through_pool,) = pool.outputs, pool.dys, pool.writes
    masked = graph.only_reader_is(through_pool, Gradient, Relu)
    forward = graph.instructions[graph.writer[argmax]] if argmax in graph.writer else None
    if masked is None or dy is None or forward is None or graph.instructions[masked].outputs != forward.reads:
        return None
    positions, dx, dbias = [position, masked], graph.instructions[masked].writes[0], None
    name = "gradient of max-pool and relu"
    added = bias_gradient(graph, dx, buffers)
    if added is not None:
        positions.append(added)
        dbias, name = graph.instructions[added].writes[1], "gradient of max-pool, relu and bias"
    roles = {"dy": dy, "y": forward.writes[0], "argmax": argmax, "dx": dx, "dbias": dbias}
    return positions, Fused(name, [graph.instructions[i] for i in sorted(positions)], roles, op=pool.op)


def mean_and_relu_gradient(graph, position, buffers):
    """The gradients of a mean over images, of the Relu before it, and of the bias before that."""
    if not (graph.is_a(position, Gradient, Mean) and _is_over_images(graph.instructions[position], buffers)):
        return None
    mean = graph.instructions[position]
    masked = graph.only_reader_is(mean.writes[0], Gradient, Relu)
    if masked is None:
        return None
    relu = graph.instructions[masked]
    positions, name, dx, dbias = [position, masked], "gradient of mean and relu", relu.writes[0], None
    added = bias_gradient(graph, dx, buffers)
    if added is not None:
        positions.append(added)
        dbias, name = graph.instructions[added].writes[1], f"{name} and bias"
    roles = {"dy": mean.dys[0], "y": relu.outputs[0], "dx": dx, "dbias": dbias}
    return positions, Fused(name, [graph.instructions[i] for i in positions], roles)


def _is_over_images(gradient, buffers):
    return gradient.writes[0] is not None and is_over_images(gradient.op, buffers[gradient.writes[0]].shape)


def is_over_images(op, shape):
    """Whether a reduction is over all axes between samples and channels: pixels, or the steps of a sequence."""
    if len(shape) < 3 or op.axis is None:
        return False
    return sorted(normalize_axes(op.axis, len(shape))) == list(range(1, len(shape) - 1))
