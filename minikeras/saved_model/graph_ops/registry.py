"""TensorFlow's operations by name, each as a function of minikeras's ops.

    @graph_op("ConcatV2", "values:N axis")
    def concat(values, axis): ...

    @graph_op("TopKV2", "input k", gives="values indices")
    def top_k(x, k, *, sorted=True): ...

The names of inputs are TensorFlow's, in its order; the words after `*` are attributes, with TensorFlow's defaults, for
files leave those out. `values:N` takes as many inputs as the attribute N says, or has dtypes, as a list.

A value in a graph is a Tensor, a resource (a Variable, a table), a list of tensors that the graph builds, or an array
where the graph and the shapes of its inputs alone determine it: constants, lengths, and what is computed from these.
So lengths are plain numbers, in a compiled plan too. A function may be given either; `static` has the array of one.
"""

import inspect
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.replay import reads_values

GRAPH_OPS = {}


class GraphOp(NamedTuple):
    """What the table knows of an operation.

    Attributes:
        name: TensorFlow's.
        function: of the inputs, and of the attributes by name.
        inputs: {name: the attribute that counts it, "" for a single one}.
        attributes: {name: default}, `inspect.Parameter.empty` where one has to be given.
        gives: the names of its outputs; () for one, or one list of them.
        is_constant: whether constant inputs make its outputs constant: False for random numbers and for effects.
    """

    name: str
    function: object
    inputs: dict
    attributes: dict
    gives: tuple
    is_constant: bool


def graph_op(name, inputs="", gives="", constant=True):
    """Decorator that puts a function into the table; see the module."""

    def add(function):
        parameters = inspect.signature(function).parameters.values()
        attributes = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        counted = {word: count for word, _, count in (part.partition(":") for part in inputs.split())}
        GRAPH_OPS[name] = GraphOp(name, function, counted, attributes, tuple(gives.split()), constant)
        return function

    return add


def graph_ops(inputs, **functions):
    """Put functions without attributes into the table, by the names of their operations."""
    for name, function in functions.items():
        graph_op(name, inputs)(_of_inputs(function))


def _of_inputs(function):
    """The function, which may have other arguments that no graph gives."""
    return lambda *inputs: function(*inputs)


def static(x):
    """The array of a value that decides a shape, an axis, a branch."""
    return x if isinstance(x, np.ndarray) else _values(x)


@reads_values
def _values(x):
    return as_array(x)


def integers(x):
    """A value that decides a shape or axes as an integer or nested lists of them."""
    return static(x).tolist()
