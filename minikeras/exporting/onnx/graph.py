"""`Graph`: an ONNX graph under construction, in plain Python. `writing.py` makes the file of it."""

import numpy as np

from minikeras.exporting.graph import GraphBuilder, GraphNode, Inexpressible, Value

ARITHMETIC = {"+": "Add", "*": "Mul", "//": "Div", "<=": "LessOrEqual", ">": "Greater"}
SINCE = {"StringConcat": 20, "StringSplit": 20}  # of operators that are not in `onnx_model.OPSET`


class Graph(GraphBuilder):
    """Nodes in order, and the arrays that they start from.

    Args:
        opset: version of ONNX's set of operators.
        may_be_newer: whether operators that are not in it make it newer. Otherwise they are an error.
    """

    title = "ONNX"

    def __init__(self, opset, may_be_newer=False):
        super().__init__()
        self.opset, self.may_be_newer = opset, may_be_newer
        self.initializers = {}

    def add(self, operator, *inputs, outputs=1, **attributes):
        """Append a node.

        Args:
            operator: of ONNX.
            inputs: names; "" for an optional one that is left out.
            outputs: how many.
            attributes: of the operator.

        Returns:
            The name of its output, or the list of them.
        """
        self._need(16 if "reduction" in attributes else SINCE.get(operator, 0))
        name = self.scoped(operator)
        names = [name] if outputs == 1 else [f"{name}:{i}" for i in range(outputs)]
        attributes = {word: value for word, value in attributes.items() if value is not None}
        self.nodes.append(GraphNode(operator, name, list(inputs), names, attributes))
        return names[0] if outputs == 1 else names

    def _need(self, version):
        if self.opset < version:
            if not self.may_be_newer:
                raise Inexpressible(f"needs `opset_version={version}` or newer")
            self.opset = version

    def body(self):
        """A graph for the body of a loop, which may read the values outside of it. Constants are kept outside."""
        body = Graph(self.opset, self.may_be_newer)
        body.scope, body.initializers = self.scope, self.initializers
        body._names, body._constants = self._names, self._constants
        return body

    @property
    def outer_names(self):
        """Names that its nodes read: for the body of a loop, some are of values outside."""
        return {name for node in self.nodes for name in node.inputs}

    # --- what all formats have --------------------------------------------------------------------------------------

    def weight(self, variable, shape, dtype):
        return Value(shape, dtype, variable.array, label=variable.path)

    def store(self, array, name):
        name = self.unique(name or "constant")
        self.initializers[name] = array
        return name

    def cast(self, name, dtype):
        return self.add("Cast", name, to=np.dtype(dtype))

    def transposed(self, name, permutation):
        return self.add("Transpose", name, perm=permutation)

    def reshaped(self, name, shape):
        return self.add("Reshape", name, shape)

    def expanded(self, name, shape):
        return self.add("Expand", name, shape)

    def arithmetic(self, sign, x1, x2):
        return self.add(ARITHMETIC[sign], x1, x2)

    def length_of(self, name, axis):
        return self.add("Gather", self.add("Shape", name), self.integers([axis]), axis=0)

    def up_to(self, length):
        zero, one = self.constant(0, np.int64), self.constant(1, np.int64)
        return self.add("Range", zero, self.scalar(self.length(length)), one)

    def joined(self, names, axis):
        return self.add("Concat", *names, axis=axis)

    def scalar(self, vector):
        return self.add("Squeeze", vector, self.integers([0]))

    def unsqueeze(self, name, axes):
        return self.add("Unsqueeze", name, self.integers(axes))

    def identity(self, name):
        return self.add("Identity", name)

    # --- shorter to write -------------------------------------------------------------------------------------------

    def named(self, source, name):
        """A node that gives a value another name."""
        return GraphNode("Identity", self.unique(f"{name}/Identity"), [source], [name], {})

    def squeeze(self, name, axes):
        """Without axes of length 1."""
        return self.add("Squeeze", name, self.integers(axes))

    def slice(self, name, axis, start, stop, step=1):
        """A part of an axis. `start` and `stop` may be `Unknown`."""
        return self.add(
            "Slice", name, self.length(start), self.length(stop), self.integers([axis]), self.integers([step])
        )

    def reduce(self, operator, name, axes, keepdims):
        """A reduction over axes: an input of the operator since version 18 (of sums since 13), an attribute before."""
        if not axes:
            return self.add("Identity", name)
        if self.opset >= 18 or operator == "ReduceSum":
            return self.add(operator, name, self.integers(axes), keepdims=int(keepdims))
        return self.add(operator, name, axes=list(axes), keepdims=int(keepdims))

    def split(self, name, lengths, axis):
        """The parts of an axis, of these lengths."""
        if len(lengths) == 1:
            return [name]
        return self.add("Split", name, self.integers(lengths), outputs=len(lengths), axis=axis)
