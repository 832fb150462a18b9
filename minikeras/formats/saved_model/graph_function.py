"""`GraphFunction`: a function of a graph, run node by node with minikeras's ops.

Its nodes are sorted once. A call runs them in order: each reads values by their positions, and its result is kept until
the last node that reads it. So gradients, plans and debuggers see plain ops.
"""

from graphlib import CycleError, TopologicalSorter
from inspect import Parameter
from typing import NamedTuple

from minikeras.base.errors import InvalidArgumentError, UnimplementedError
from minikeras.formats.saved_model.attributes import attribute_value, is_of_dtypes
from minikeras.formats.saved_model.graph_ops import GRAPH_OPS
from minikeras.formats.saved_model.graph_ops.registry import CALL, GraphOp

REFUSED = {
    **dict.fromkeys(("PyFunc", "PyFuncStateless", "EagerPyFunc"), "runs Python code of the program that wrote it"),
    **dict.fromkeys(("ReadFile", "MatchingFiles", "WholeFileReaderV2", "RestoreV2"), "reads files"),
    **dict.fromkeys(("WriteFile", "SaveV2", "MergeV2Checkpoints", "PrintV2", "Print"), "writes files or text"),
}
"""Operations that are refused, and why: a graph may come from anywhere."""

WITHOUT_EFFECT = {
    "allow_tf32", "config", "config_proto", "container", "debug_name", "executor_type", "grad_a", "grad_b", "grad_x",
    "grad_y", "message", "output_shapes", "parallel_iterations", "shared_name", "swap_memory", "use_cudnn_on_gpu",
    "use_inter_op_parallelism", "use_node_name_sharing", "validate_indices", "validate_shape",
}  # fmt: skip
"""Attributes that affect how TensorFlow runs a graph, but not its results."""


class FunctionLibrary:
    """The functions of a graph by name.

    Args:
        definitions: `FunctionDef`s.
    """

    def __init__(self, definitions):
        self._functions = {d.signature.name: GraphFunction(d, self) for d in definitions}

    def __contains__(self, name):
        return name in self._functions

    def __getitem__(self, name):
        """The `GraphFunction` of this name.

        Raises:
            ValueError: there is no such function.
        """
        if name not in self._functions:
            raise ValueError(f"The graph has no function {name!r}, which it calls. Its file is damaged or incomplete.")
        return self._functions[name]

    def prepared(self, name):
        """The `GraphFunction` of this name, with its nodes sorted."""
        function = self[name]
        function.prepare()
        return function


class Step(NamedTuple):
    """One node of a function.

    Attributes:
        node: its name.
        op: the `GraphOp`.
        attributes: of the node, by name.
        inputs: for each, (position, index), or a list of such pairs if it takes a list of values.
        last: positions of values that no later node reads.
    """

    node: str
    op: object
    attributes: dict
    inputs: list
    last: list


class GraphFunction:
    """A function of flat arguments that returns a tuple of values; `graph_ops/registry.py` lists their types.

    Args:
        definition: its `FunctionDef`.
        library: the `FunctionLibrary` with those that it calls.
    """

    def __init__(self, definition, library):
        self.name = definition.signature.name
        self._definition, self._library = definition, library
        self._steps = self._results = None

    @property
    def argument_names(self):
        """The names of the arguments."""
        return [argument.name for argument in self._definition.signature.input_arg]

    @property
    def result_names(self):
        """The names of the results."""
        return [result.name for result in self._definition.signature.output_arg]

    def __call__(self, *arguments):
        self.prepare()
        if len(arguments) != len(self.argument_names):
            raise ValueError(
                f"The function {self.name!r} takes {len(self.argument_names)} values. Received: {len(arguments)}"
            )
        values = [*arguments, *[None] * len(self._steps)]
        for place, step in enumerate(self._steps, len(arguments)):
            try:
                values[place] = step.op.run([_taken(values, r) for r in step.inputs], step.attributes)
            except Exception as error:
                error.add_note(f"in node {step.node!r} of the graph's function {self.name!r}")
                raise
            for read in step.last:
                values[read] = None
        return tuple([_taken(values, reference) for reference in self._results])

    # --- preparing ------------------------------------------------------------------------------------------------

    def prepare(self):
        """Sort the nodes, and look up all operations, including those of called functions.

        Raises:
            UnimplementedError: an operation is unknown or refused.
            ValueError: the graph is damaged.
        """
        if self._steps is not None:
            return
        nodes = self._nodes_in_order()
        positions = {name: place for place, name in enumerate([*self.argument_names, *[node.name for node in nodes]])}
        by_name = {node.name: node for node in nodes}
        self._results = [self._reference(self._definition.ret[name], positions, by_name) for name in self.result_names]
        self._steps = []  # set first, for functions that call themselves
        try:
            self._steps += self._with_last_reads([self._step(node, positions, by_name) for node in nodes])
        except Exception:
            self._steps = None
            raise

    def _nodes_in_order(self):
        """The nodes that the results and the effects need, each after those that it needs."""
        d = self._definition
        by_name, arguments = {node.name: node for node in d.node_def}, {*self.argument_names}
        if len({*by_name, *arguments}) < len(d.node_def) + len(self.argument_names):
            raise ValueError(f"The function {self.name!r} has two nodes or arguments of one name.")
        missing = [name for name in self.result_names if name not in d.ret]
        if missing:
            raise ValueError(f"The function {self.name!r} does not say what its results {missing} are.")
        waiting = [*(_node_of(reference) for reference in d.ret.values()), *d.control_ret.values()]
        needs = {}
        while waiting:
            name = waiting.pop()
            if name in needs or name in arguments:
                continue
            if name not in by_name:
                raise ValueError(f"The function {self.name!r} has no node {name!r}, which it refers to.")
            needs[name] = [_node_of(i) for i in by_name[name].input if _node_of(i) not in arguments]
            waiting += needs[name]
        try:
            return [by_name[name] for name in TopologicalSorter(needs).static_order()]
        except CycleError as error:
            raise ValueError(f"The function {self.name!r} has nodes that need each other: {error.args[1]}") from None

    def _step(self, node, positions, by_name):
        references = [self._reference(i, positions, by_name) for i in node.input if not i.startswith("^")]
        op = self._operation(node)
        try:
            inputs = _grouped(references, op.inputs, node.attr) if node.op in GRAPH_OPS else references
            return Step(node.name, op, self._attributes(node, op), inputs, [])
        except ValueError as error:
            raise ValueError(f"{node.op} (node {node.name!r} of the function {self.name!r}): {error}") from error

    def _operation(self, node):
        """The `GraphOp` of a node, which may also be a function of the graph."""
        if node.op in self._library:
            return GraphOp(self._library.prepared(node.op), [], {}, tuple(self._library[node.op].result_names), CALL)
        if node.op in GRAPH_OPS:
            return GRAPH_OPS[node.op]
        raise self._unknown(node)

    def _unknown(self, node):
        what = f"{node.op} (node {node.name!r} of the function {self.name!r})"
        if node.op in REFUSED:
            return UnimplementedError(None, None, f"{what} {REFUSED[node.op]}, which a loaded graph may not do here.")
        return UnimplementedError(
            None,
            None,
            f"The graph uses {what}, one of TensorFlow's operations that minikeras does not run. It runs "
            f"{len(GRAPH_OPS)} of them: `minikeras.formats.saved_model.graph_ops.GRAPH_OPS` lists them.",
        )

    def _attributes(self, node, op):
        """{name: value} of the attributes that the operation's function takes.

        Raises:
            ValueError: an attribute is missing.
            UnimplementedError: an attribute that the function does not take would change the result.
        """
        for name, value in node.attr.items():
            if name not in op.attributes and not _is_without_effect(name, value, op):
                raise UnimplementedError(
                    None, None, f"{node.op} (node {node.name!r}) has the attribute {name!r}, which is not supported."
                )
        missing = [
            name for name, default in op.attributes.items() if default is Parameter.empty and name not in node.attr
        ]
        if missing:
            raise ValueError(f"the attributes {missing} are missing")
        return {name: attribute_value(node.attr[name], self._library) for name in op.attributes if name in node.attr}

    def _reference(self, text, positions, by_name):
        """(position, index) of a value: "argument", "node:output:index"."""
        name, *output = text.split(":")
        if name not in by_name:
            if output not in ([], ["0"]):
                raise ValueError(
                    f"The function {self.name!r} refers to {text!r}, and {name!r} is one of its arguments."
                )
            return positions[name], 0
        gives = self._outputs_of(by_name[name].op)
        output, index = output[0] if output else "", output[1] if len(output) > 1 else "0"
        if not index.isdecimal():
            raise ValueError(f"The function {self.name!r} refers to {text!r}, which is not an output of a node.")
        return positions[name], gives.index(output) if len(gives) > 1 and output in gives else int(index)

    def _outputs_of(self, op):
        if op in self._library:
            return self._library[op].result_names
        return GRAPH_OPS[op].gives if op in GRAPH_OPS else ()

    def _with_last_reads(self, steps):
        """The steps, each with the positions that no later one reads."""
        kept = {place for place, _ in self._results}
        for step in reversed(steps):
            flat = [r for group in step.inputs for r in (group if isinstance(group, list) else [group])]
            step.last.extend({place for place, _ in flat} - kept)
            kept |= {place for place, _ in flat}
        return steps


def _is_without_effect(name, value, op):
    counts = [each.count for each in op.inputs]
    return name.startswith("_") or name in WITHOUT_EFFECT or name in counts or is_of_dtypes(value)


def _grouped(references, inputs, attributes):
    """The references to the values that each input of an operation takes."""
    groups, left = [], list(references)
    for _, count, _ in inputs:
        if not count:
            groups += left[:1]
            left = left[1:]
            continue
        if count not in attributes:
            raise ValueError(f"the attribute {count!r} is missing")
        number = attributes[count].i if attributes[count].chosen == "i" else len(attributes[count].list.type)
        groups.append(left[:number])
        left = left[number:]
    if left or len(groups) != len(inputs):
        raise ValueError(f"it takes {[each.name for each in inputs]}. Received: {len(references)} values")
    return groups


def _node_of(reference):
    return reference.lstrip("^").partition(":")[0]


def _taken(values, reference):
    if type(reference) is list:
        return [_taken(values, each) for each in reference]
    place, index = reference
    value = values[place]
    if type(value) is not tuple:
        if index:
            raise InvalidArgumentError(None, None, f"The graph takes output {index} of a node that has one output.")
        return value
    return value[index]
