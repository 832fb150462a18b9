"""`Node`: one use of an operation in a functional graph."""

from contextlib import contextmanager
from typing import NamedTuple

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import builds_graph, history, thread


class KerasHistory(NamedTuple):
    """Where a KerasTensor comes from: which operation, which use of it, which of its outputs."""

    operation: object
    node_index: int
    tensor_index: int


class Node:
    """Links the arguments of one symbolic call to its outputs.

    Args:
        operation: the op or layer that was called.
        args, kwargs: its arguments, nested structures with KerasTensors in them.
        outputs: the nested KerasTensors it returned.
    """

    def __init__(self, operation, args=(), kwargs=None, outputs=None):
        self.operation = operation
        self.args = tuple(args)
        self.kwargs = dict(kwargs or {})
        self.outputs_structure = outputs
        self.input_tensors = [x for x in tree.flatten((self.args, self.kwargs)) if isinstance(x, KerasTensor)]
        self.outputs = tree.flatten(outputs)
        only = self.args[0] if len(self.args) == 1 and not self.kwargs else None
        self._only_argument = only if isinstance(only, KerasTensor) else None
        if operation._inbound_nodes is None:
            operation._inbound_nodes = []
        node_index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for tensor_index, tensor in enumerate(self.outputs):
            tensor._keras_history = KerasHistory(operation, node_index, tensor_index)
        if thread.nodes is not None:
            thread.nodes.append(self)
        if builds_graph():
            str(operation.name)  # chosen now, so that its number follows the order of the calls

    @property
    def is_input(self):
        """Whether this is the source of a graph: an `Input`."""
        return not self.input_tensors

    @property
    def parent_nodes(self):
        """The nodes that made this one's inputs."""
        return [node_of(x) for x in self.input_tensors if x._keras_history is not None]

    @property
    def input(self):
        """The only symbolic input, or the list of them."""
        return self.input_tensors[0] if len(self.input_tensors) == 1 else list(self.input_tensors)

    @property
    def output(self):
        """The outputs, nested as they were returned."""
        return self.outputs_structure

    def fill_in(self, values):
        """The arguments with each KerasTensor replaced by the value that `values[id(tensor)]` holds for it."""
        if self._only_argument is not None:
            return (values[id(self._only_argument)],), {}

        def value_of(x):
            return values[id(x)] if isinstance(x, KerasTensor) else x

        return tree.map_structure(value_of, (self.args, self.kwargs))

    def __repr__(self):
        return f"<Node of {self.operation.name}>"


class LeavesNoNode(Exception):
    """A function that is being traced does something that a graph cannot hold."""


@contextmanager
def new_nodes():
    """Collect the nodes that are made inside in a list, in order; their operations forget them afterwards.

    Functions that do something which is not a node call `leaves_no_node`.
    """
    before, thread.nodes = thread.nodes, []
    try:
        with history():
            yield thread.nodes
    finally:
        for node in thread.nodes:
            node.operation._inbound_nodes.remove(node)
        thread.nodes = before


def leaves_no_node(what):
    """Called where a function silently does nothing for symbolic tensors, as `tf.print` does.

    Raises:
        LeavesNoNode: nodes are being collected, so that this would be lost.
    """
    if thread.nodes is not None:
        raise LeavesNoNode(f"`{what}` is not a node of a graph.")


def node_of(tensor):
    """The node whose output a KerasTensor is."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]
