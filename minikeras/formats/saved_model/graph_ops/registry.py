"""TensorFlow's operations by name, each as a function of minikeras's ops.

    @graph_op("ConcatV2", "values:N axis!")
    def concat(values, axis): ...

    @graph_op("TopKV2", "input k!", gives="values indices")
    def top_k(x, k, *, sorted=True): ...

The names of inputs are TensorFlow's, in its order. `values:N` takes a list of inputs, whose number is the attribute N
(or the number of its dtypes). The words after `*` are attributes, with TensorFlow's defaults, which files leave out.

A function gets Tensors, or an array for an input marked by `!`, which decides a shape, an axis or a branch. A value in
a graph is a Tensor, a resource (a Variable, a table), a list of tensors that the graph builds, or an array if it only
depends on the graph and the shapes of its inputs: constants, lengths, and results computed from these. So lengths are
plain numbers, in a compiled plan too, and values are read out of a Tensor only where data decide a shape.
"""

import inspect
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.state import unobserved
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.replay import reads_values, safe_to_replay

GRAPH_OPS = {}

PURE, EFFECT, CALL = "pure", "effect", "call"
"""Kinds of operations. A PURE one with constant inputs has constant outputs. A CALL gets all values unconverted."""


class Input(NamedTuple):
    """An input of an operation: TensorFlow's name, the attribute that counts it or "", and whether it is marked."""

    name: str
    count: str
    is_static: bool


class GraphOp(NamedTuple):
    """The table's entry for an operation.

    Attributes:
        function: takes the inputs, and the attributes by name.
        inputs: `Input`s.
        attributes: {name: default}, `inspect.Parameter.empty` if it is required.
        gives: the names of its outputs; () for a single one, or a single list.
        kind: PURE, EFFECT or CALL.
    """

    function: object
    inputs: list
    attributes: dict
    gives: tuple
    kind: str

    def run(self, values, attributes):
        """Its outputs, a tuple if there may be several."""
        if self.kind == CALL:
            return self.function(*values, **attributes)
        if self.kind == PURE and all(map(_is_constant, values)):
            with unobserved():  # neither a tape nor a plan has to know how a constant was computed
                return _constant(self._computed(values, attributes))
        return self._computed(values, attributes)

    def _computed(self, values, attributes):
        given = [
            static(value) if each.is_static else _as_tensor(value)
            for each, value in zip(self.inputs, values, strict=True)
        ]
        return self.function(*given, **attributes)


def graph_op(name, inputs="", gives="", kind=PURE):
    """Decorator that adds a function to the table; see the module."""

    def add(function):
        parameters = inspect.signature(function).parameters.values()
        attributes = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        GRAPH_OPS[name] = GraphOp(
            function, [_input(word) for word in inputs.split()], attributes, tuple(gives.split()), kind
        )
        return function

    return add


def graph_ops(inputs, **functions):
    """Add functions without attributes to the table, by the names of their operations."""
    for name, function in functions.items():
        graph_op(name, inputs)(_of_inputs(function))


def _input(word):
    name, _, count = word.rstrip("!").partition(":")
    return Input(name, count, word.endswith("!"))


def _of_inputs(function):
    """The function, without further arguments that graphs do not have."""
    return lambda *inputs: function(*inputs)


def _is_constant(value):
    return type(value) is np.ndarray or (type(value) is list and all(map(_is_constant, value)))


@safe_to_replay("constants and lengths are the same in every replay")
def _constant(value):
    if type(value) in (tuple, list):
        return type(value)(map(_constant, value))
    return value.array if type(value) is Tensor else value


def _as_tensor(value):
    if type(value) is list:
        return [_as_tensor(each) for each in value]
    return Tensor(value) if type(value) is np.ndarray else value


def static(x):
    """The array of a value (or of each in a list) that determines a shape or the like."""
    if type(x) is list:
        return [static(each) for each in x]
    return x if type(x) is np.ndarray else _values(x)


@reads_values
def _values(x):
    return as_array(x)
