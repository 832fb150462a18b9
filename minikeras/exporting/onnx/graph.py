"""`Graph`: an ONNX graph under construction, in plain Python. `writing.py` writes it to a file."""

import numpy as np

from minikeras.autodiff.shapes import Sum
from minikeras.exporting.graph import GraphBuilder, GraphNode, Inexpressible, Value
from minikeras.exporting.onnx.formulas import OPERATORS
from minikeras.exporting.onnx.scanning import scan
from minikeras.ops.reduction import All, Any, Max, Min

LARGEST = np.iinfo(np.int64).max
SINCE = {"StringConcat": 20, "StringSplit": 20}  # of operators that are not in `onnx_model.OPSET`
RESULTS = {
    **dict.fromkeys(("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"), bool),
    **dict.fromkeys(("And", "Or", "Xor", "Not", "IsNaN", "IsInf"), bool),
    **dict.fromkeys(("Shape", "Size", "ArgMax", "ArgMin", "LabelEncoder"), np.int64),
}
"""{operator: the dtype of its output}, where that is not the dtype of its first input."""


class Graph(GraphBuilder):
    """Nodes in order, and the constant arrays that they read.

    Args:
        opset: version of ONNX's set of operators.
        may_be_newer: whether operators of newer versions raise the version. Otherwise they are an error.
    """

    title = "ONNX"
    operators = OPERATORS
    narrow = {
        "bool": "int32", "int8": "int32", "int16": "int32", "uint8": "int32", "uint16": "int32", "uint32": "int64"
    }  # fmt: skip  # ONNX Runtime has no arithmetic for them
    scan = scan

    def __init__(self, opset, may_be_newer=False):
        super().__init__()
        self.opset, self.may_be_newer = opset, may_be_newer
        self.initializers = {}
        self._dtypes = {}

    def add(self, operator, *inputs, outputs=1, **attributes):
        """Append a node.

        Args:
            operator: of ONNX.
            inputs: names; "" for an optional input that is omitted.
            outputs: number of outputs.
            attributes: of the operator.

        Returns:
            The name of its output, or the list of them.
        """
        self._need(16 if "reduction" in attributes else SINCE.get(operator, 0))
        name = self.scoped(operator)
        names = [name] if outputs == 1 else [f"{name}:{i}" for i in range(outputs)]
        attributes = {word: value for word, value in attributes.items() if value is not None}
        self.nodes.append(GraphNode(operator, name, list(inputs), names, attributes))
        self._dtypes.update(zip(names, self._results(operator, inputs, outputs, attributes), strict=True))
        return names[0] if outputs == 1 else names

    def _results(self, operator, inputs, outputs, attributes):
        """The dtypes of a node's outputs."""
        if "body" in attributes:
            return [value.dtype for value in attributes["body"].outputs[-outputs:]]
        if operator in ("TopK", "StringSplit"):
            return [self._dtypes[inputs[0]], np.dtype(np.int64)]
        dtype = attributes.get("to", RESULTS.get(operator, self._dtypes[inputs[operator == "Where"]]))
        return [np.dtype(dtype)] * outputs

    def _need(self, version):
        if self.opset < version:
            if not self.may_be_newer:
                raise Inexpressible(f"needs `opset_version={version}` or newer")
            self.opset = version

    def body(self):
        """A graph for the body of a loop, which may read values of this graph. Constants are stored in this graph."""
        body = Graph(self.opset, self.may_be_newer)
        body.scope, body.initializers = self.scope, self.initializers
        body._names, body._constants, body._dtypes = self._names, self._constants, self._dtypes
        body.inputs, body.outputs = [], []
        return body

    def argument(self, name, shape, dtype):
        """The name of a new input of a body."""
        self.inputs.append(Value(shape, np.dtype(dtype)))
        self.input(self.inputs[-1], self.scoped(name))
        return self.inputs[-1].name

    @property
    def outer_names(self):
        """Names that its nodes read; in the body of a loop, some belong to the outer graph."""
        return {name for node in self.nodes for name in node.inputs}

    # --- what all formats have --------------------------------------------------------------------------------------

    def input(self, value, name):
        super().input(value, name)
        self._dtypes[name] = value.dtype

    def dtype_of(self, name):
        return self._dtypes[name]

    def weight(self, variable, shape, dtype):
        return Value(shape, dtype, variable.array, label=variable.path)

    def store(self, array, name):
        name = self.unique(name or "constant")
        self.initializers[name], self._dtypes[name] = array, array.dtype
        return name

    def converted(self, name, dtype):
        if dtype.kind == "c":
            raise Inexpressible(f"converts to {dtype}")
        return self.add("Cast", name, to=dtype)

    def transposed(self, name, permutation):
        return self.add("Transpose", name, perm=permutation)

    def reshaped(self, name, shape):
        return self.add("Reshape", name, shape)

    def expanded(self, name, shape):
        return self.add("Expand", name, shape)

    def length_of(self, name, axis):
        return self.add("Gather", self.add("Shape", name), self.integers([axis]), axis=0)

    def up_to(self, length):
        zero, one = self.constant(0, np.int64), self.constant(1, np.int64)
        return self.add("Range", zero, self.scalar(self.length(length)), one)

    def joined(self, names, axis):
        return self.add("Concat", *names, axis=axis)

    def split(self, name, lengths, axis):
        if len(lengths) == 1:
            return [name]
        return self.add("Split", name, self.shape(lengths), outputs=len(lengths), axis=axis)

    def slice(self, name, axis, start, stop, step=1):
        start = (0 if step > 0 else -1) if start is None else start
        stop = (LARGEST if step > 0 else -LARGEST) if stop is None else stop
        return self.add(
            "Slice", name, self.length(start), self.length(stop), self.integers([axis]), self.integers([step])
        )

    def gather(self, name, indices, axis):
        return self.add("Gather", name, indices, axis=axis)

    def reduce(self, op, name, axes, keepdims):
        """Axes are an input of the operator since version 18 (of sums since 13), an attribute before."""
        if op in (Any, All):
            y = self.reduce(Max if op is Any else Min, self.cast(name, np.int32), axes, keepdims)
            return self.cast(y, bool)
        if not axes:
            return name
        if self.opset >= 18 or op is Sum:
            return self.add(self.operators[op], name, self.integers(axes), keepdims=int(keepdims))
        return self.add(self.operators[op], name, axes=list(axes), keepdims=int(keepdims))

    def squeeze(self, name, axes):
        return self.add("Squeeze", name, self.integers(axes))

    def unsqueeze(self, name, axes):
        return self.add("Unsqueeze", name, self.integers(axes)) if axes else name

    def identity(self, name):
        return self.add("Identity", name)

    def named(self, source, name):
        """A node that gives a value another name."""
        return GraphNode("Identity", self.unique(f"{name}/Identity"), [source], [name], {})
