"""Batch normalization in inference, folded into the weights of the convolution or dense layer before it."""

from minikeras.autodiff.arithmetic import Multiply
from minikeras.ops.convolution import Conv
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute
from minikeras.plans.patterns.normalization import normalization_in_inference
from minikeras.plans.patterns.products import is_dense
from minikeras.plans.patterns.sums import only_bias


def product_and_normalization(graph, position, buffers):
    """Conv or Matmul, perhaps Add, the ops of batch normalization, perhaps Relu; nothing is trained."""
    if graph.differentiates or not (graph.is_a(position, Compute, Conv) or is_dense(graph, position, buffers)):
        return None
    product = graph.instructions[position]
    (x, kernel), y, bias = product.reads, product.writes[0], None
    positions = [position]
    added = only_bias(graph, y, buffers)
    if added is not None:
        bias, y = graph.instructions[added].reads[1], graph.instructions[added].writes[0]
        positions.append(added)
    scaled = graph.only_reader_is(y, Compute, Multiply)
    normalized = None if scaled is None else normalization_in_inference(graph, scaled, buffers)
    if normalized is None or normalized[1].roles["x"] != y:
        return None
    positions += normalized[0]
    group = normalized[1]
    relu = group.settings["relu"]
    name = f"product + normalization{' + relu' if relu else ''}"
    vectors = {role: group.roles.get(role) for role in ("mean", "variance", "gamma", "beta")}
    roles = {"x": x, "kernel": kernel, "bias": bias, "y": group.roles["y"], **vectors}
    parts = [graph.instructions[i] for i in sorted(positions)]
    return positions, Fused(name, parts, roles, relu=relu, op=product.op, epsilon=group.settings["epsilon"])
