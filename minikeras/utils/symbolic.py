"""Questions about symbolic tensors: what is one, and which inputs it comes from."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import node_of


def is_keras_tensor(x):
    """Whether `x` is a symbolic tensor."""
    return isinstance(x, KerasTensor)


def get_source_inputs(tensor):
    """The symbolic inputs from which a symbolic tensor is computed, each once, in the order in which a walk back from
    it meets them.

    Returns:
        A list of KerasTensors; of `tensor` itself if nothing made it.
    """
    if tensor._keras_history is None:
        return [tensor]
    found, seen, waiting = [], set(), [tensor]
    while waiting:
        x = waiting.pop()
        node = node_of(x)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.is_input:
            found.extend(node.outputs)
        else:
            waiting.extend(reversed(node.input_tensors))
    return found
