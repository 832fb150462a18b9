"""The recorded ops as an ONNX graph."""

import numpy as np

from minikeras.exporting.onnx import (
    activations,
    arithmetic,
    attention,
    convolution,
    counting,
    fourier,
    functions,
    histograms,
    indexing,
    joining,
    lookups,
    normalization,
    pooling,
    products,
    recurrent,
    reduction,
    resampling,
    shaping,
)
from minikeras.exporting.onnx.graph import Graph, Inexpressible, Value
from minikeras.exporting.onnx.lengths import Unknown, holds_unknown
from minikeras.exporting.onnx.registry import converter_of
from minikeras.exporting.onnx.varying import name_of_varying

FAMILIES = (  # each registers its functions when it is imported
    activations, arithmetic, attention, convolution, counting, fourier, functions, histograms, indexing, joining,
    lookups, normalization, pooling, products, recurrent, reduction, resampling, shaping,
)  # fmt: skip


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
        Inexpressible: what cannot be expressed, with its layer and op.
    """
    graph = Graph(opset, may_be_newer)
    values = [_value(program, index) for index in range(len(program.buffers))]
    inputs = [value for value, buffers in zip(values, program.buffers, strict=True) if buffers[0].kind == "batch"]
    for value, name in zip(inputs, input_names, strict=True):
        value.name = graph.unique(name)
        graph.lengths.note(value.name, value.shape)
        if value.shape and isinstance(value.shape[0], Unknown):
            graph.lengths.batch = value.shape[0]
    output_names = [graph.unique(name) for name in output_names]  # of an input that is an output, another name
    for step in needed_steps(program):
        graph.scope = step.place
        try:
            _convert_step(graph, step, program, values)
        except Inexpressible as error:
            where = f"The op {type(step.op).__name__} of the layer '{step.place}'"
            raise Inexpressible(f"{where} cannot be exported to ONNX: it {error}.") from None
    graph.scope = ""
    outputs = [
        _named(graph, program, values, index, name) for index, name in zip(program.outputs, output_names, strict=True)
    ]
    remove_unread(graph, outputs)
    return graph, inputs, outputs


def needed_steps(program):
    """The steps on which an output depends, in order. Layers also prepare what they do in training alone."""
    needed, steps = set(program.outputs), []
    for step in reversed(program.steps):
        if needed.intersection(step.writes):
            steps.append(step)
            needed.update(step.reads)
    return steps[::-1]


def _value(program, index):
    buffers = program.buffers[index]
    buffer = buffers[0]
    shape = program.shape(index)
    if buffer.kind == "variable":
        return Value(shape, buffer.dtype, buffer.origin.array, label=buffer.origin.path)
    if buffer.kind != "constant":
        value = Value(shape, buffer.dtype)
        value.reason = program.effects.get(index)
        return value
    first, *others = origins = [buffer.origin for buffer in buffers]
    is_float = np.asarray(first).dtype.kind == "f"
    if holds_unknown(shape) or any(not np.array_equal(first, other, equal_nan=is_float) for other in others):
        return Value(shape, buffer.dtype, varying=origins)
    return Value(shape, buffer.dtype, first)


def _convert_step(graph, step, program, values):
    inputs = [values[i] for i in step.reads]
    step.outputs = outputs = [values[i] for i in step.writes]
    if all(x.is_constant for x in inputs) and step.is_fixed and not any(holds_unknown(y.shape) for y in outputs):
        results = step.op.forward(*[x.array for x in inputs])
        for y, array in zip(outputs, results if type(results) is tuple else (results,), strict=True):
            y.array = np.asarray(array)
        return
    convert_op = converter_of(step.op)
    if convert_op is None:
        raise Inexpressible("has no counterpart there, or minikeras does not know it")
    for x in inputs:
        if x.array is None and x.name is None:
            x.name = _named_varying(graph, x)
    names = convert_op(graph, step, *inputs)
    for y, name in zip(outputs, [names] if isinstance(names, str) else names, strict=False):
        y.name, y.maker = name, (step, inputs)
        graph.lengths.note(name, y.shape)


def _named_varying(graph, value):
    if value.varying is None:
        raise Inexpressible(value.reason or "reads a by-product of another op, which ONNX does not have")
    name = name_of_varying(graph, value)
    graph.lengths.note(name, value.shape)
    return name


def _named(graph, program, values, index, name):
    """The output of the model under its own name."""
    value = values[index]
    source = value.name or (graph.read(value) if value.is_constant else _named_varying(graph, value))
    graph.nodes.append(graph.identity(source, name))
    return Value(value.shape, value.dtype, name=name)


def remove_unread(graph, outputs):
    """Drop nodes and arrays that no output needs."""
    needed = {value.name for value in outputs}
    kept = []
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs):
            kept.append(node)
            needed.update(node.inputs)
            needed.update(name for body in node.attributes.values() for name in getattr(body, "outer_names", ()))
    graph.nodes = kept[::-1]
    graph.initializers = {name: array for name, array in graph.initializers.items() if name in needed}
