"""`Graph`: a function of a SavedModel under construction."""

import re

import numpy as np

from minikeras.exporting.graph import GraphBuilder, GraphNode, Value, nodes_for
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.tensorflow.formulas import INT64, OPERATORS
from minikeras.exporting.tensorflow.operations import OPERATIONS
from minikeras.exporting.tensorflow.scanning import scan
from minikeras.exporting.tensorflow.tables import Table
from minikeras.formats.saved_model.attributes import FunctionName, Kind, attribute, kind_of
from minikeras.formats.saved_model.messages import ArgAttrs, ArgDef, AttrList, AttrValue, FunctionDef, NodeDef, OpDef
from minikeras.formats.saved_model.tensors import shape_message


class Graph(GraphBuilder):
    """The nodes of one function.

    A name in it is an argument's, or "node:output:0", the first tensor of the output so named.

    Args:
        functions: the list of `FunctionDef`s to which the functions that it calls are added.

    Attributes:
        arguments: [(name, `Kind`, shape)] in order; None for an unknown shape.
        captures: [(Variable or `Table`, the name of its resource)], in the order of the arguments after those.
        kinds: {name: `Kind`} of all values.
    """

    title = "a SavedModel"
    keeps_state = True
    operators = OPERATORS
    narrow = {"bool": "int32"}
    scan = scan

    def __init__(self, functions):
        super().__init__()
        self.functions = functions
        self.arguments, self.captures, self.kinds = [], [], {}
        self._assigned = []  # names of assignments

    def argument(self, name, kind, shape=()):
        """A new argument's name."""
        name = self.unique(argument_name(name))
        self.arguments.append((name, Kind(kind), shape))
        self.kinds[name] = Kind(kind)
        return name

    def add(self, operator, *inputs, **attributes):
        """Append a node.

        Args:
            operator: one of `OPERATIONS`. An input of a fixed dtype is cast to it.
            inputs: names, or a list of them for an input that takes several.
            attributes: of the operator; those that are dtypes of inputs are determined automatically.

        Returns:
            The name of its output, or the list of them; "^node" if it has none.
        """
        taken, given = OPERATIONS[operator]
        names = []
        for part, value in zip(taken, inputs, strict=True):
            several = list(value) if part.count else [value]
            if part.count == "*":
                attributes[part.dtype] = [self.kinds[name] for name in several]
            elif part.is_attribute:
                attributes[part.dtype] = self.kinds[several[0]]
            elif part.dtype not in ("resource", "variant", "string"):
                several = [self.cast(name, part.dtype) for name in several]
            if part.count not in ("", "*"):
                attributes[part.count] = len(several)
            names += several
        node, outputs = self.scoped(operator), []
        for part in given:
            kinds = attributes[part.dtype] if part.is_attribute else Kind(part.dtype)
            if part.count != "*":
                kinds = [kinds] * (attributes[part.count] if part.count else 1)
            for number, kind in enumerate(kinds):
                outputs.append(f"{node}:{part.name}:{number}")
                self.kinds[outputs[-1]] = Kind(kind)
        outputs = outputs or [f"^{node}"]
        self.nodes.append(GraphNode(operator, node, names, outputs, attributes))
        is_one = not given or (len(given) == 1 and not given[0].count)
        return outputs[0] if is_one else outputs

    def unique(self, name):
        return super().unique(re.sub(r"[^A-Za-z0-9_./-]", "_", name).lstrip("_/-") or "node")

    # --- what all formats have --------------------------------------------------------------------------------------

    def weight(self, variable, shape, dtype):
        """The value of a Variable; all Variables are read before the first op."""
        name = self.add("ReadVariableOp", self.resource(variable), dtype=kind_of(dtype))
        return Value(shape, dtype, name=name)

    def assign(self, variable, name):
        self._assigned.append(self.add("AssignVariableOp", self.resource(variable), name))

    def store(self, array, name):
        if array.dtype.kind in "US":
            array = array.astype(object)
        if array.dtype == object:
            strings = [s.encode() if isinstance(s, str) else s for s in array.ravel().tolist()]
            array = np.fromiter(strings, object, array.size).reshape(array.shape)
        return self.add("Const", value=array, dtype=kind_of(array.dtype))

    def dtype_of(self, name):
        return numpy_dtype(self.kinds[name])

    def converted(self, name, dtype):
        if dtype.kind == "b":
            return self.add("NotEqual", name, self.number(0, name))
        return self.add("Cast", name, DstT=kind_of(dtype))

    def transposed(self, name, permutation):
        return self.add("Transpose", name, self.integers(permutation))

    def reshaped(self, name, shape):
        return self.add("Reshape", name, shape)

    def expanded(self, name, shape):
        return self.add("BroadcastTo", name, shape)

    def length_of(self, name, axis):
        return self.slice(self.add("Shape", name, out_type=INT64), 0, axis, axis + 1)

    def up_to(self, length):
        return self.add(
            "Range", self.constant(0, np.int64), self.scalar(self.length(length)), self.constant(1, np.int64)
        )

    def joined(self, names, axis):
        return names[0] if len(names) == 1 else self.add("ConcatV2", names, self.constant(axis, np.int32))

    def unsqueeze(self, name, axes):
        for axis in sorted(axes):
            name = self.add("ExpandDims", name, self.constant(axis, np.int32))
        return name

    def identity(self, name, *after):
        """The value under its own name, computed after nodes without outputs."""
        copy = self.add("Identity", name)
        self.nodes[-1].inputs.extend(after)
        return copy

    def squeeze(self, name, axes):
        return self.add("Squeeze", name, squeeze_dims=list(axes))

    def slice(self, name, axis, start, stop, step=1):
        def at(number):
            return self.shape([0] * axis + [0 if number is None else number])

        mask = (1 << axis) - 1  # axes before it, as a whole
        return self.add(
            "StridedSlice", name, at(start), at(stop), self.integers([1] * axis + [step]),
            begin_mask=mask | (start is None) << axis, end_mask=mask | (stop is None) << axis,
        )  # fmt: skip

    def split(self, name, lengths, axis):
        if len(lengths) == 1:
            return [name]
        return self.add("SplitV", name, self.shape(lengths), self.constant(axis, np.int32), num_split=len(lengths))

    def gather(self, name, indices, axis):
        return self.add("GatherV2", name, indices, self.constant(axis, np.int32))

    def positions(self, name, indices, axis):
        found = super().positions(name, indices, axis)
        if indices.is_constant and (np.asarray(indices.array) >= 0).all():
            return found
        from_end = self.add("AddV2", found, self.cast(self.scalar(self.length_of(name, axis)), self.dtype_of(found)))
        return self.add("SelectV2", self.add("Less", found, self.number(0, found)), from_end, found)

    def reduce(self, op, name, axes, keepdims):
        if not axes:
            return name
        return self.add(self.operators[op], name, self.constant(list(axes), np.int32), keep_dims=bool(keepdims))

    # --- functions --------------------------------------------------------------------------------------------------

    @property
    def captured(self):
        """The Variables and `Table`s in the order of their arguments."""
        return [thing for thing, _ in self.captures]

    def resource(self, thing):
        """The name of the argument that is a Variable or `Table`."""
        name = next((name for known, name in self.captures if known is thing), None)
        if name is None:
            name = self.unique(argument_name(f"resource_{getattr(thing, 'path', thing.name)}"))
            self.captures.append((thing, name))
            self.kinds[name] = Kind("resource")
        return name

    def table(self, keys, values):
        """The resource of a new `Table` with these keys and values."""
        return self.resource(Table(keys, values, f"table_{len(self.functions)}_{len(self.captures)}"))

    def call_loop(self, condition, body, values):
        """`StatelessWhile`: while the condition holds, the values are replaced by the results of the body.

        Args:
            condition, body: functions (graph, *names) that return a name, and a list of names.
            values: names of the initial values.

        Returns:
            Names of the final values.
        """
        kinds = [self.kinds[value] for value in values]
        names = {}
        for word, function in (("cond", condition), ("body", body)):
            graph = Graph(self.functions)
            arguments = [graph.argument(f"value_{i}", kind, None) for i, kind in enumerate(kinds)]
            found = function(graph, *arguments)
            names[word] = f"{re.sub('[^A-Za-z0-9_]', '_', self.scope) or 'loop'}_{word}_{len(self.functions)}"
            self.functions.append(graph.function(names[word], [found] if isinstance(found, str) else found))
        names = {word: FunctionName(name) for word, name in names.items()}
        return self.add("StatelessWhile", values, **names)

    def function(self, name, outputs):
        """The `FunctionDef` that returns these values, named output_0 …, and assigns. Unused nodes are dropped."""
        results = {f"output_{i}": self.identity(output, *self._assigned) for i, output in enumerate(outputs)}
        nodes, needed = nodes_for(self.nodes, [*results.values(), *self._assigned])
        for assignment in nodes:
            if assignment.operator == "AssignVariableOp":
                reads = [n for n in nodes if n.operator == "ReadVariableOp" and n.inputs == assignment.inputs[:1]]
                assignment.inputs.extend(f"^{read.name}" for read in reads)
        self.captures = [(thing, name) for thing, name in self.captures if name in needed]
        arguments = [*self.arguments, *[(name, Kind("resource"), ()) for _, name in self.captures]]
        signature = OpDef(
            name=name,
            input_arg=[ArgDef(name=argument, type=kind.number) for argument, kind, _ in arguments],
            output_arg=[ArgDef(name=key, type=self.kinds[result].number) for key, result in results.items()],
            control_output=[name.removeprefix("^") for name in self._assigned],
            is_stateful=bool(self.captures),
        )
        return FunctionDef(
            signature=signature,
            control_ret={name: name for name in signature.control_output},
            node_def=[node_message(node) for node in nodes],
            ret=results,
            arg_attr={i: _argument_attributes(*argument) for i, argument in enumerate(arguments)},
        )


def _argument_attributes(name, kind, shape):
    shapes = AttrList(shape=[shape_message(shape)])
    return ArgAttrs(attr={"_output_shapes": AttrValue(list=shapes), "_user_specified_name": attribute(name)})


def node_message(node):
    """The `NodeDef` of a `GraphNode`."""
    attributes = {word: attribute(value) for word, value in node.attributes.items()}
    return NodeDef(name=node.name, op=node.operator, input=node.inputs, attr=attributes)


def argument_name(name):
    """The name in a form that is valid for arguments: lower-case letters, digits and "_", starting with a letter."""
    name = re.sub(r"[^a-z0-9_]", "_", name.lower())
    return name if re.match("[a-z]", name) else f"arg_{name}"


def numpy_dtype(kind):
    """The NumPy dtype of a `Kind`."""
    return np.dtype(object if kind == "string" else str(kind))


def known(shape):
    """A shape with None in place of `Unknown`."""
    return tuple(None if isinstance(length, Unknown) else length for length in shape)
