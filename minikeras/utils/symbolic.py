"""Questions about symbolic tensors: how to recognize one, and its inputs."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import node_of


def is_keras_tensor(x):
    """Whether `x` is a symbolic tensor."""
    return isinstance(x, KerasTensor)


def get_source_inputs(tensor):
    """The symbolic inputs from which a symbolic tensor is computed, each once, in the order of a backward traversal.

    Returns:
        A list of KerasTensors; of `tensor` itself if nothing made it.
    """
    if tensor._keras_history is None:
        return [tensor]
    found, seen, waiting = [], set(), [tensor]
    while waiting:
        x = waiting.pop()
        if x._keras_history is None:  # a KerasTensor that is no `Input`
            found += [] if any(x is known for known in found) else [x]
            continue
        node = node_of(x)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.is_input:
            found.extend(node.outputs)
        else:
            waiting.extend(reversed(node.input_tensors))
    return found
