"""Recorded Python functions as functions of a SavedModel, with the structures of arguments and results."""

import re

import numpy as np

from minikeras import tree
from minikeras.exporting.converting import convert_steps
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.signature import InputSignature, inputs_of
from minikeras.exporting.tensorflow import (
    blocks,
    convolution,
    fourier,
    linear_algebra,
    lookups,
    random_numbers,
    segments,
)
from minikeras.exporting.tensorflow.graph import Graph, known
from minikeras.exporting.tensorflow.registry import CONVERTERS
from minikeras.exporting.tracing import record
from minikeras.formats.saved_model.attributes import FunctionName, kind_of
from minikeras.formats.saved_model.messages import FunctionSpec, NamedTupleValue, PairValue, StructuredValue
from minikeras.formats.saved_model.structures import TensorSpec, structured

FAMILIES = blocks, convolution, fourier, linear_algebra, lookups, random_numbers, segments
"""Each registers its functions when it is imported."""
RANKS = 0, 1, 2  # used to record functions that take tensors of any rank


class TracedFunction:
    """A function in a library.

    Attributes:
        name: of its `FunctionDef`.
        arguments: for each positional argument a nested structure of `TensorSpec`s and Python values.
        results: the nested structure of `TensorSpec`s that it returns.
        captures: Variables and `Table`s that it reads, in the order of its last arguments.
    """

    def __init__(self, name, arguments, results, captures):
        self.name, self.arguments, self.results, self.captures = name, arguments, results, captures

    @property
    def inputs(self):
        """The `TensorSpec`s of all arguments, in flat order."""
        return [leaf for leaf in tree.flatten(self.arguments) if isinstance(leaf, TensorSpec)]

    @property
    def outputs(self):
        """The `TensorSpec`s of all results, in flat order."""
        return [leaf for leaf in tree.flatten(self.results) if isinstance(leaf, TensorSpec)]


class PythonFunction:
    """A function of the saved object: its recordings for one or several kinds of arguments.

    Attributes:
        traces: the `TracedFunction`s.
        argument_names: of the positional arguments.
        defaults: tuple of the last ones' defaults, or None.
        is_fixed: whether it takes only arguments with the signature of its single trace.
        more: name of `*args`, or None.
    """

    def __init__(self, traces, argument_names, defaults=None, is_fixed=True, more=None):
        self.traces, self.argument_names, self.defaults, self.is_fixed = traces, argument_names, defaults, is_fixed
        self.more = more

    @property
    def spec(self):
        """The `FunctionSpec`."""
        count = len(self.argument_names) - len(self.defaults or ())
        signature = tuple(self.traces[0].arguments[:count]) if self.is_fixed else None
        return function_spec(self.argument_names, (), self.defaults, signature, self.more)


def traced(call, arguments, variables, title, functions):
    """Record a function and add it to a library.

    Args:
        call: the function, of positional arguments.
        arguments: for each one a nested structure of `InputSignature`s and Python values, which are kept.
        variables: the Variables that it may read.
        title: its name.
        functions: the list of `FunctionDef`s to which it and the functions that it calls are added.

    Raises:
        ValueError: something in it cannot be expressed.
    """
    if all(spec.shape is not None for spec in inputs_of(arguments)):
        return _traced(call, arguments, variables, title, functions)
    found, bodies, error = [], [], None
    try:
        for rank in RANKS:
            library = list(functions)
            found.append((_traced(call, arguments, variables, title, library, rank), library))
            bodies.append([node.encoded() for function in library[len(functions) :] for node in function.node_def])
    except (IndexError, ValueError) as caught:  # an axis may not exist
        error = caught
    if error is not None or any(body != bodies[0] for body in bodies):
        raise ValueError(
            f"'{title}' cannot be exported to a SavedModel for tensors of any rank: it does not do the same for all of "
            "them. Give a `tf.TensorSpec` with a shape."
        ) from error
    function, functions[:] = found[-1]
    return function


def _traced(call, arguments, variables, title, functions, rank=None):
    """Arguments like those given, with this number of axes in place of any number."""
    leaves, structure = tree.flatten(arguments), []
    inputs = inputs_of(arguments)

    def filled(tensors):
        """The arguments with these in place of the inputs."""
        rest = iter(tensors)
        return tree.pack_sequence_as(
            arguments, [next(rest) if isinstance(leaf, InputSignature) else leaf for leaf in leaves]
        )

    def call_flat(tensors):
        result = call(*filled(tensors))
        structure[:] = [tree.map_structure(lambda leaf: 0, result, none_is_leaf=False)]
        return result

    graph = Graph(functions)
    names = [graph.argument(spec.name, kind_of(_dtype(spec.dtype)), spec.shape) for spec in inputs]
    shapes = [(None,) * rank if spec.shape is None else spec.shape for spec in inputs]
    examples = [InputSignature(shape, spec.dtype, None) for shape, spec in zip(shapes, inputs, strict=True)]
    try:
        _, outputs = convert_steps(graph, record(call_flat, examples, variables, title), names, CONVERTERS)
    except Inexpressible as error:
        raise ValueError(f"The endpoint '{title}' cannot be written. {error}") from None
    name = f"__inference_{title}_{len(functions)}"
    functions.append(graph.function(name, [output.name for output in outputs]))
    specs = [TensorSpec(spec.shape, kind_of(_dtype(spec.dtype)), spec.name) for spec in inputs]
    shapes = [known(y.shape) if rank is None else None for y in outputs]
    results = iter([TensorSpec(shapes[i], graph.kinds[y.name], f"output_{i}") for i, y in enumerate(outputs)])
    results = tree.map_structure(lambda leaf: next(results), structure[0], none_is_leaf=False)
    return TracedFunction(name, filled(specs), results, graph.captured)


def table_functions(table, functions):
    """{attribute: `PythonFunction`} that create a `Table`, fill it, and destroy it (without effect)."""
    bodies = {
        "_create_resource": lambda graph: graph.add("HashTableV2", **table.settings),
        "_initialize": table.fill,
        "_destroy_resource": lambda graph: graph.constant(1, np.int32),
    }
    found = {}
    for attribute, body in bodies.items():
        graph = Graph(functions)
        result = body(graph)
        name = f"__inference_{attribute.strip('_')}_{len(functions)}"
        functions.append(graph.function(name, [result]))
        trace = TracedFunction(name, [], TensorSpec((), graph.kinds[result], "output_0"), graph.captured)
        found[attribute] = PythonFunction([trace], [])
    return found


def _dtype(name):
    return np.dtype(object if name == "string" else name)


def signature_wrapper(function, title, functions):
    """The function with arguments by name and results in a dict, both in alphabetical order, as signatures have them.

    Returns:
        A `TracedFunction` whose arguments and results are dicts.

    Raises:
        ValueError: its results are nested more deeply, two arguments have the same name, or its own name is invalid.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.]*", title, re.ASCII):
        raise ValueError(f"The name of an endpoint must be of letters, digits, '_' and '.'. Received: {title!r}")
    inputs, outputs = function.inputs, named_results(function, title)
    if len({spec.name for spec in inputs}) < len(inputs):
        raise ValueError(
            f"The inputs of the endpoint '{title}' must have names that differ. Received: {[s.name for s in inputs]}"
        )
    graph = Graph(functions)
    arguments = {spec.name: graph.argument(spec.name, spec.dtype, spec.shape) for spec in sorted(inputs, key=_name)}
    resources = [graph.argument(f"resource_{i}", "resource") for i in range(len(function.captures))]
    found = graph.add(
        "StatefulPartitionedCall",
        [*[arguments[spec.name] for spec in inputs], *resources],
        Tout=[spec.dtype for spec in function.outputs],
        f=FunctionName(function.name),
    )
    by_name = dict(zip(outputs, found, strict=True))
    name = f"__inference_signature_wrapper_{title}_{len(functions)}"
    functions.append(graph.function(name, [by_name[key] for key in sorted(by_name)]))
    arguments = {spec.name: spec for spec in inputs}
    results = {
        key: TensorSpec(spec.shape, spec.dtype, key) for key, spec in zip(outputs, function.outputs, strict=True)
    }
    return TracedFunction(name, arguments, results, function.captures)


def _name(spec):
    return spec.name


def named_results(function, title):
    """Names of the results in flat order: the keys of a dict, else output_0 …."""
    paths = [path for path, _ in tree.flatten_with_path(function.results)]
    if any(len(path) > 1 for path in paths):
        raise ValueError(
            f"The endpoint '{title}' must return a tensor, a list of tensors or a dict of them, as signatures have "
            f"results by name. Received: {function.results}"
        )
    is_dict = bool(paths) and all(path and isinstance(path[0], str) for path in paths)
    return [path[0] for path in paths] if is_dict else [f"output_{i}" for i in range(len(paths))]


def function_spec(argument_names, keywords=(), defaults=None, input_signature=None, more=None):
    """The `FunctionSpec` of a Python function with these positional arguments, of which the last have defaults."""
    fields = {
        "args": list(argument_names), "varargs": more, "varkw": None, "defaults": defaults,
        "kwonlyargs": list(keywords), "kwonlydefaults": None, "annotations": {},
    }  # fmt: skip
    pairs = [PairValue(key=key, value=structured(value)) for key, value in fields.items()]
    return FunctionSpec(
        fullargspec=StructuredValue(named_tuple_value=NamedTupleValue(name="FullArgSpec", values=pairs)),
        input_signature=structured(input_signature),
    )
