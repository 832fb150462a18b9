"""`Function`: a graph of nodes between symbolic inputs and outputs, run node by node."""

from collections import Counter

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.mask_of import add_mask_node
from minikeras.autodiff.node import node_of
from minikeras.autodiff.operation import Operation


def _shape(x):
    return tuple(x.shape if hasattr(x, "shape") else np.shape(x))


def _fits(x, symbolic):
    """Whether x may take the place of a symbolic tensor: equal lengths wherever both are known."""
    shape = _shape(x)
    return len(shape) == len(symbolic.shape) and all(
        n == m or n is None or m is None for n, m in zip(shape, symbolic.shape, strict=True)
    )


class Function(Operation):
    """The graph from some KerasTensors to others, as one operation.

    Args:
        inputs: nested KerasTensors, for which values will be passed.
        outputs: nested KerasTensors to compute from them.
        name: of the operation.

    Raises:
        ValueError: an output does not depend on the inputs alone.
    """

    def __init__(self, inputs, outputs, name=None):
        super().__init__(name=name)
        self._set_graph(inputs, outputs)

    def _set_graph(self, inputs, outputs):
        self._inputs_struct = inputs
        self._outputs_struct = outputs
        self._inputs = tree.flatten(inputs)
        self._outputs = tree.flatten(outputs)
        for what, tensors in (("inputs", self._inputs), ("outputs", self._outputs)):
            if not tensors:
                raise ValueError(
                    f"`{what}` argument cannot be empty. Received: {what}={inputs if what == 'inputs' else outputs}"
                )
            for x in tensors:
                if not isinstance(x, KerasTensor):
                    raise ValueError(
                        f"All `{what}` values must be KerasTensors. Received: {str(x)[:80]} "
                        f"({type(x).__name__}). Start from `keras.Input(shape)`."
                    )
        for x in self._outputs:
            add_mask_node(x)
        self._nodes, self._operations = sort_graph(self._inputs, self._outputs)
        _check_unique_names(self._operations)

    @property
    def operations(self):
        """The operations of the graph, those furthest from the outputs first."""
        return list(self._operations)

    @property
    def inputs(self):
        """Flat list of the symbolic inputs."""
        return self._inputs

    @property
    def outputs(self):
        """Flat list of the symbolic outputs."""
        return self._outputs

    def compute_output_spec(self, inputs):
        """The symbolic outputs for symbolic inputs, which may have lengths that the graph leaves open.

        Raises:
            ValueError: their structure or a shape is not that of the graph's inputs.
        """
        self._check_inputs(inputs)
        return self._specs(tree.flatten(inputs))

    def _specs(self, inputs):
        """The symbolic outputs for a flat list of symbolic inputs."""
        return self._run(inputs, lambda node, args, kwargs: node.operation.compute_output_spec(*args, **kwargs))

    def compute_output_shape(self, input_shape):
        """The output shapes for input shapes."""
        shapes = tree.flatten(tree.map_shape_structure(lambda s: KerasTensor(s), input_shape))
        inputs = [KerasTensor(x.shape, dtype=own.dtype) for x, own in zip(shapes, self._inputs, strict=True)]
        inputs = tree.pack_sequence_as(self._inputs_struct, inputs)
        return tree.map_structure(lambda x: x.shape, self.compute_output_spec(inputs))

    def call(self, inputs):
        """The outputs for actual inputs.

        Raises:
            ValueError: their structure or a shape is not that of the graph's inputs.
        """
        self._check_inputs(inputs)
        return self._run(tree.flatten(inputs))

    def _check_inputs(self, inputs):
        try:
            tree.assert_same_structure(inputs, self._inputs_struct)
        except ValueError:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' received an invalid input structure. Expected input structure: "
                f"{self._inputs_struct}. Received input structure: {tree.map_structure(_shape, inputs)}"
            ) from None
        for x, own in zip(tree.flatten(inputs), self._inputs, strict=True):
            if not _fits(x, own):
                raise ValueError(
                    f"{type(self).__name__} '{self.name}' was passed incompatible inputs. For input '{own.name}', "
                    f"expected shape {own.shape}. Received: a tensor of shape {_shape(x)}"
                )

    def _run(self, inputs, apply=None):
        """Walk the graph in order: at each node call its operation, or `apply(node, args, kwargs)`.

        `inputs` is the flat list of their values.
        """
        values = dict(zip(map(id, self._inputs), inputs, strict=True))
        for node in self._nodes:
            args, kwargs = node.fill_in(values)
            outputs = node.operation(*args, **kwargs) if apply is None else apply(node, args, kwargs)
            if len(node.outputs) == 1 and node.outputs[0] is node.outputs_structure:
                values[id(node.outputs[0])] = outputs
            else:
                for x, value in zip(node.outputs, tree.flatten(outputs), strict=True):
                    values[id(x)] = value
        if isinstance(self._outputs_struct, KerasTensor):
            return values[id(self._outputs_struct)]
        return tree.map_structure(lambda x: values[id(x)], self._outputs_struct)


def _check_unique_names(operations):
    counts = Counter(operation.name for operation in operations)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise ValueError(
            f"All operation names should be unique: layers, too, must have unique names. Twice or more: {twice}"
        )


def sort_graph(inputs, outputs):
    """The nodes between `inputs` and `outputs`, every one after those it needs, and their operations.

    Both are sorted by decreasing depth (the longest path to an output). Among equals, operations are in the order of a
    backward traversal from the outputs, which is that of a model's layers and weights; nodes are in the order in which
    their depths become known, which is that of its computations. Both orders are Keras's.

    Returns:
        (nodes that compute, operations including those of the inputs).

    Raises:
        ValueError: an output needs an input that is not among `inputs`.
    """
    given = {id(x) for x in inputs}
    finished, met = _walk_back(outputs, given)
    depth_of_node, depth_of_operation = _depths(finished, given)
    unused = []  # inputs that no output needs come before all others of depth 0
    for x in inputs:
        if x._keras_history is None:
            continue
        operation = x._keras_history.operation
        if id(operation) not in depth_of_operation and node_of(x).is_input:
            depth_of_operation[id(operation)] = 0
            unused.append(operation)
    operations = sorted([*unused, *met.values()], key=lambda operation: -depth_of_operation[id(operation)])
    node_of_id = {id(node): node for node in finished}
    nodes = sorted((node_of_id[key] for key in depth_of_node), key=lambda node: -depth_of_node[id(node)])
    return [node for node in nodes if not _is_given(node, given)], operations


def _depths(finished, given):
    """{id of a node: its depth} in the order in which these become known, {id of an operation: its largest depth}."""
    of_node, of_operation = {}, {}
    for node in reversed(finished):
        operation = id(node.operation)
        depth = max(of_node.get(id(node), 0), of_operation.get(operation, 0))
        of_node[id(node)] = of_operation[operation] = depth
        if _is_given(node, given):
            continue
        for x in node.input_tensors:
            if x._keras_history is not None:
                parent = id(node_of(x))
                of_node[parent] = max(of_node.get(parent, 0), depth + 1)
    return of_node, of_operation


def _is_given(node, given):
    return all(id(x) in given for x in node.outputs)


def _walk_back(outputs, given):
    """Depth-first from the outputs: nodes in postorder, operations in preorder."""
    finished, met, seen = [], {}, set()
    stack = [(x, False) for x in reversed(outputs)]
    while stack:  # an explicit stack: deep models would exceed Python's recursion limit
        x, parents_done = stack.pop()
        if id(x) in given and x._keras_history is None:
            continue  # a KerasTensor that the user made
        if x._keras_history is None:
            raise ValueError(
                f"The output depends on the symbolic tensor {x}, which no operation made. "
                "Start from `keras.Input(shape)`."
            )
        node = node_of(x)
        if parents_done:
            finished.append(node)
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.is_input or id(x) not in given:  # the graph leaves out what would compute a given intermediate tensor
            met.setdefault(id(node.operation), node.operation)
        if node.is_input and id(x) not in given:
            raise ValueError(
                f"Output of the graph is not connected to `inputs` alone: it depends on '{node.operation.name}' (shape "
                f"{x.shape}), which is not among them. Add it there."
            )
        stack.append((x, True))
        if id(x) not in given:
            stack.extend((parent, False) for parent in reversed(node.input_tensors))
    return finished, met
