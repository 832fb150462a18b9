"""Elementwise passes that one loop can compute: relu and its gradient with the ops before and after."""

from minikeras.ops.activation import Relu
from minikeras.ops.pooling import MaxPool
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.patterns.sums import bias_gradient


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
