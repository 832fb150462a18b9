"""Dense layers and convolutions: the epilogues of a product and of its gradient."""

from minikeras.autodiff.matrix_product import Matmul
from minikeras.layers.quantization.integer_product import IntegerProduct
from minikeras.ops.activation import Relu
from minikeras.ops.convolution import Conv, ConvInputGrad
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.patterns.sums import bias_gradient, only_bias, relu_after


def dense(graph, position, buffers):
    """Matmul, Add and perhaps Relu: y = relu(x · kernel + bias)."""
    if not is_dense(graph, position, buffers):
        return None
    return _with_bias_and_relu(graph, position, buffers, "dense")


def integer_product(graph, position, buffers):
    """IntegerProduct, Add and perhaps Relu."""
    if (
        not graph.is_a(position, Compute, IntegerProduct)
        or len(buffers[graph.instructions[position].reads[0]].shape) < 2
    ):
        return None
    return _with_bias_and_relu(graph, position, buffers, "integer product")


def is_dense(graph, position, buffers):
    """Whether the instruction there is a product with a matrix."""
    if not graph.is_a(position, Compute, Matmul):
        return False
    x, kernel = graph.instructions[position].reads
    return len(buffers[kernel].shape) == 2 and len(buffers[x].shape) >= 2


def convolution(graph, position, buffers):
    """Conv, Add and perhaps Relu."""
    if not graph.is_a(position, Compute, Conv):
        return None
    return _with_bias_and_relu(graph, position, buffers, "convolution")


def transposed_convolution(graph, position, buffers):
    """ConvInputGrad used forward, Add and perhaps Relu."""
    if not graph.is_a(position, Compute, ConvInputGrad):
        return None
    return _with_bias_and_relu(graph, position, buffers, "transposed convolution")


def is_product(op, buffers, x, kernel):
    """Whether a convolution has a 1×1 window: a matrix product whose rows are the pixels."""
    shape, window = buffers[x].shape, buffers[kernel].shape[:-2]
    strides, pads, _ = op.geometry(shape[1:-1], window)
    one_group = buffers[kernel].shape[-2] == shape[-1]
    return one_group and set(window) == set(strides) == {1} and not any(map(any, pads))


def _with_bias_and_relu(graph, position, buffers, name):
    product = graph.instructions[position]
    (x, kernel, *scale), y, bias = product.reads, product.writes[0], None
    positions = [position]
    added = only_bias(graph, y, buffers)
    if added is not None:
        bias, y, name = graph.instructions[added].reads[1], graph.instructions[added].writes[0], f"{name} + bias"
        positions.append(added)
    followers, y, end = relu_after(graph, y)
    positions += followers
    parts = [graph.instructions[i] for i in positions]
    roles = {"x": x, "kernel": kernel, "scale": scale[0] if scale else None, "bias": bias, "y": y}
    return positions, Fused(f"{name}{end}", parts, roles, relu=bool(followers), op=product.op)


def dense_gradient(graph, position, buffers):
    """The gradients of Add and Matmul, and of the Relu that made x: dkernel, dbias and dx of a dense layer."""
    if not graph.is_a(position, Gradient, Matmul):
        return None
    instruction = graph.instructions[position]
    (x, kernel), (dy,), (dx, dkernel) = instruction.inputs, instruction.dys, instruction.writes
    if dkernel is None or len(buffers[kernel].shape) != 2 or len(buffers[x].shape) < 2:
        return None
    positions, dbias, name, masked = [position], None, "gradient of dense", False
    added = bias_gradient(graph, dy, buffers)
    if added is not None:
        dbias = graph.instructions[added].writes[1]
        positions.append(added)
    below = graph.only_reader_is(dx, Gradient, Relu) if dx is not None else None
    if below is not None and graph.instructions[below].outputs == (x,):
        dx, name, masked = graph.instructions[below].writes[0], f"{name} and of the relu below", True
        positions.append(below)
    parts = [graph.instructions[i] for i in sorted(positions)]
    roles = {"x": x, "kernel": kernel, "dy": dy, "dx": dx, "dkernel": dkernel, "dbias": dbias}
    return positions, Fused(name, parts, roles, masked=masked)


def convolution_gradient(graph, position, buffers):
    """The gradients of Conv and its bias; of a product also of the relu below."""
    if not graph.is_a(position, Gradient, Conv):
        return None
    instruction = graph.instructions[position]
    (x, kernel), (dy,), (dx, dkernel) = instruction.inputs, instruction.dys, instruction.writes
    product = is_product(instruction.op, buffers, x, kernel)
    positions, name, dbias = [position], "gradient of convolution", None
    added = bias_gradient(graph, dy, buffers) if dkernel is not None else None
    if added is not None:
        dbias, name = graph.instructions[added].writes[1], f"{name} and bias"
        positions.append(added)
    relu = graph.only_reader_is(dx, Gradient, Relu) if product and dx is not None else None
    masked = relu is not None and graph.instructions[relu].outputs == (x,)
    if masked:
        dx, name = graph.instructions[relu].writes[0], f"{name} and of the relu below"
        positions.append(relu)
    if len(positions) == 1 and not product:
        return None
    parts = [graph.instructions[i] for i in sorted(positions)]
    roles = {"x": x, "kernel": kernel, "dy": dy, "dx": dx, "dkernel": dkernel, "dbias": dbias}
    return positions, Fused(name, parts, roles, masked=masked, op=instruction.op)
