"""`Graph`: an ONNX graph under construction, in plain Python. `writing.py` makes the file of it."""

from typing import NamedTuple

import numpy as np

from minikeras.exporting.onnx.lengths import Lengths, Unknown

SINCE = {"StringConcat": 20, "StringSplit": 20}  # of operators that are not in `onnx_model.OPSET`
FEW = 64  # elements up to which equal constants are stored once


class Inexpressible(Exception):
    """What ONNX cannot express, or minikeras not yet, as the end of a sentence."""


class GraphNode(NamedTuple):
    """One node: `outputs = operator(inputs)`. Attributes may be integers, floats, lists of them, texts, dtypes."""

    operator: str
    name: str
    inputs: list
    outputs: list
    attributes: dict


class Value:
    """One array of the recorded model.

    Attributes:
        shape: its lengths, integers or `Unknown`.
        dtype: a NumPy dtype; None for a Python number, which takes the dtype of the array beside it.
        array: its value where that is the same in every run (weights, constants, a Python number), else None.
        name: in the graph; None as long as nothing there reads a constant.
        varying: its two recorded values if it is made of unknown lengths alone, else None.
        reason: why nothing can read it, for an error; None for most.
        label: the name under which it is stored if it is a weight, else None.
        maker: the `Step` that computed it and its inputs, None for inputs and constants.
    """

    def __init__(self, shape, dtype, array=None, name=None, varying=None, label=None):
        self.shape, self.dtype, self.array, self.name = shape, dtype, array, name
        self.varying, self.label = varying, label
        self.maker = self.reason = None

    @property
    def rank(self):
        """The number of axes."""
        return len(self.shape)

    @property
    def is_constant(self):
        """Whether its value is the same in every run."""
        return self.array is not None


class Graph:
    """Nodes in order, and the arrays that they start from.

    Args:
        opset: version of ONNX's set of operators.
        may_be_newer: whether operators that are not in it make it newer. Otherwise they are an error.

    Attributes:
        scope: prefix of names: the layer whose ops are being converted.
    """

    def __init__(self, opset, may_be_newer=False):
        self.opset, self.may_be_newer = opset, may_be_newer
        self.nodes = []
        self.initializers = {}
        self.lengths = Lengths()
        self.scope = ""
        self._names = {}
        self._constants = {}
        self._permutations = {}  # output of a transposition: (its input, the order of axes)
        self._lengths = {}  # `Unknown`: name of the vector of one element that holds it

    def unique(self, name):
        """The name, or name_1, name_2 … if there is one like it."""
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        return self.unique(f"{name}_{count}") if count else name

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
        name = self.unique(f"{self.scope}/{operator}" if self.scope else operator)
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

    def identity(self, source, name):
        """A node that gives a value another name."""
        return GraphNode("Identity", self.unique(f"{name}/Identity"), [source], [name], {})

    # --- constants --------------------------------------------------------------------------------------------------

    def constant(self, array, dtype=None, name=None):
        """The name of a constant array. Equal small ones without a name of their own are stored once."""
        array = np.ascontiguousarray(np.asarray(array, dtype)).reshape(np.shape(array))
        key = (array.dtype.str, array.shape, array.tobytes()) if array.size <= FEW and name is None else None
        if key in self._constants:
            return self._constants[key]
        name = self.unique(name or "constant")
        self.initializers[name] = array
        if key is not None:
            self._constants[key] = name
        return name

    def integers(self, numbers):
        """The name of a constant vector of int64, as ONNX takes axes, shapes, repeats."""
        return self.constant(np.asarray(list(numbers), np.int64).reshape(-1))

    def read(self, value, dtype=None):
        """The name of a value, cast to `dtype` if it has another."""
        dtype = None if dtype is None else np.dtype(dtype)
        if value.is_constant and (value.dtype is None or (dtype is not None and value.dtype != dtype)):
            return self.constant(np.asarray(value.array).astype(dtype or np.float32))
        if value.name is None:
            value.name = self.constant(value.array, name=value.label)
        return value.name if dtype in (None, value.dtype) else self.cast(value.name, dtype)

    def cast(self, name, dtype):
        """The values in another dtype."""
        return self.add("Cast", name, to=np.dtype(dtype))

    # --- shapes -----------------------------------------------------------------------------------------------------

    def transpose(self, name, permutation):
        """The axes in another order. One transposition after another becomes one, or none."""
        permutation = list(permutation)
        if name in self._permutations:
            name, before = self._permutations[name]
            permutation = [before[axis] for axis in permutation]
        if permutation == sorted(permutation):
            return name
        transposed = self.add("Transpose", name, perm=permutation)
        self._permutations[transposed] = name, permutation
        return transposed

    def reshape(self, name, shape):
        """Other lengths of axes: integers (one may be -1), `Unknown`."""
        unknown = [axis for axis, length in enumerate(shape) if isinstance(length, Unknown)]
        if len(unknown) == 1 and -1 not in shape:
            shape = [-1 if isinstance(length, Unknown) else length for length in shape]
        return self.add("Reshape", name, self.shape(shape))

    def shape(self, shape):
        """The name of a vector of int64 with these lengths, some of which may be `Unknown`."""
        if not any(isinstance(length, Unknown) for length in shape):
            return self.integers(shape)
        parts = [self.length(n) if isinstance(n, Unknown) else self.integers([n]) for n in shape]
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=0)

    def length(self, wanted):
        """The name of a vector with one element, an `Unknown` length (or a known one)."""
        if not isinstance(wanted, Unknown):
            return self.integers([wanted])
        if wanted not in self._lengths:
            self._lengths[wanted] = self._computed_length(wanted)
        return self._lengths[wanted]

    def _computed_length(self, wanted):
        found = self.lengths.expression(wanted)
        if found is None:
            product = self.lengths.product(wanted)
            if product is None:
                raise Inexpressible("depends on a length in a way that the graph cannot compute")
            first, second, factor = product
            return self._scaled(self.add("Mul", self.length(first), self.length(second)), factor)
        known, factor, summand, divisor = found
        if known == wanted:
            name, axis = self.lengths.places[known]
            return self.add("Gather", self.add("Shape", name), self.integers([axis]), axis=0)
        length = self._scaled(self.length(known), factor)
        length = length if summand == 0 else self.add("Add", length, self.integers([summand]))
        return length if divisor == 1 else self.add("Div", length, self.integers([divisor]))

    def _scaled(self, length, factor):
        return length if factor == 1 else self.add("Mul", length, self.integers([factor]))

    def scalar(self, vector):
        """The only element of a vector, without axes."""
        return self.add("Squeeze", vector, self.integers([0]))

    def unsqueeze(self, name, axes):
        """New axes of length 1."""
        return self.add("Unsqueeze", name, self.integers(axes))

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
