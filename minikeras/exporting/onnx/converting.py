"""Conversion of the recorded ops to an ONNX graph."""

from minikeras.exporting.converting import convert_steps
from minikeras.exporting.graph import nodes_for
from minikeras.exporting.onnx import (
    convolution,
    fourier,
    lookups,
    normalization,
    pooling,
    recurrent,
)
from minikeras.exporting.onnx.graph import Graph
from minikeras.exporting.onnx.registry import CONVERTERS

FAMILIES = convolution, fourier, lookups, normalization, pooling, recurrent
"""Each registers its functions when it is imported."""


def convert(program, input_names, output_names, opset, may_be_newer):
    """A `Graph` that computes what a `Program` does.

    Args:
        program: of `tracing.record`.
        input_names: names of the graph's inputs.
        output_names: names of its outputs.
        opset, may_be_newer: see `Graph`.

    Returns:
        (graph, inputs, outputs): the last two are lists of `Value`s.

    Raises:
        Inexpressible: something cannot be expressed; the message names its layer and op.
    """
    graph = Graph(opset, may_be_newer)
    input_names = [graph.unique(name) for name in input_names]
    output_names = [graph.unique(name) for name in output_names]  # other names for inputs that are outputs
    inputs, outputs = convert_steps(graph, program, input_names, CONVERTERS)
    for value, name in zip(outputs, output_names, strict=True):
        graph.nodes.append(graph.named(value.name, name))
        value.name = name
    remove_unread(graph, outputs)
    return graph, inputs, outputs


def remove_unread(graph, outputs):
    """Drop nodes and arrays that no output needs."""
    graph.nodes, needed = nodes_for(graph.nodes, [value.name for value in outputs])
    graph.initializers = {name: array for name, array in graph.initializers.items() if name in needed}
