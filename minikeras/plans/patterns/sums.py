"""What fuses into the loop that writes or reads an array: a bias, its gradient, a relu."""

from minikeras.autodiff.arithmetic import Add
from minikeras.ops.activation import Relu
from minikeras.plans.instructions import Compute, Gradient


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


def relu_after(graph, y):
    """([the position of the Relu], its result, " + relu") if it is y's only use, else ([], y, "")."""
    activated = graph.only_reader_is(y, Compute, Relu)
    if activated is None:
        return [], y, ""
    return [activated], graph.instructions[activated].writes[0], " + relu"
