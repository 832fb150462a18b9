"""Sums that fuse into the loop that writes or reads an array: with a bias, with another array."""

from minikeras.autodiff.arithmetic import Add, add_gradients
from minikeras.ops.activation import Relu
from minikeras.plans.instructions import Compute, Gradient, Pure


def only_bias(graph, buffer, buffers):
    """The position of the Add of a vector along the last axis, if that is a buffer's only use; else None."""
    added = graph.only_reader_is(buffer, Compute, Add)
    if added is None:
        return None
    first, second = graph.instructions[added].reads
    return added if first == buffer and buffers[second].shape == buffers[buffer].shape[-1:] else None


def bias_gradient(graph, dy, buffers):
    """The position of the gradient of an Add that only sums dy to a bias's gradient; None if there is none."""
    for reader in graph.readers.get(dy, ()):
        if graph.is_a(reader, Gradient, Add):
            first, second = graph.instructions[reader].writes
            if first is None and second is not None and buffers[second].shape == buffers[dy].shape[-1:]:
                return reader
    return None


def only_sum(graph, buffer, buffers):
    """(the position of the Add of an array of its shape and dtype, that array), if that is its only use; else None."""
    summed = graph.only_reader_is(buffer, Compute, Add)
    if summed is None:
        return None
    first, second = graph.instructions[summed].reads
    other = second if first == buffer else first
    alike = buffers[other].shape == buffers[buffer].shape and buffers[other].dtype == buffers[buffer].dtype
    return (summed, other) if first != second and alike else None


def sum_and_relu(graph, y, buffers, with_sum):
    """The instructions that only follow y: the sum with another array, if `with_sum`, and perhaps Relu.

    Returns:
        (their positions, the other array or None, the buffer of the result, whether there is Relu, the end of the
        group's name); None if there is no such sum.
    """
    positions, other, name = [], None, ""
    if with_sum:
        summed = only_sum(graph, y, buffers)
        if summed is None:
            return None
        position, other = summed
        positions.append(position)
        y, name = graph.instructions[position].writes[0], " + sum"
    activated = graph.only_reader_is(y, Compute, Relu)
    if activated is not None:
        positions.append(activated)
        y, name = graph.instructions[activated].writes[0], f"{name} + relu"
    return positions, other, y, activated is not None, name


def only_sum_of_gradients(graph, buffer):
    """(the position of the sum of this gradient and another, the other), if that is its only use; else None."""
    position = graph.only_reader(buffer)
    if position is None or position in graph.taken:
        return None
    instruction = graph.instructions[position]
    if type(instruction) is not Pure or instruction.function is not add_gradients:
        return None
    first, second = instruction.reads
    return (position, second if first == buffer else first) if first != second else None
