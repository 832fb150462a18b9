"""Conversion of the recorded ops to a graph, op by op, for any format."""

import numpy as np

from minikeras.exporting.graph import Inexpressible, Value
from minikeras.exporting.lengths import Unknown, holds_unknown
from minikeras.exporting.varying import name_of_varying


def convert_steps(graph, program, input_names, converters):
    """Fill a graph with nodes that compute what a `Program` does.

    Args:
        graph: a `GraphBuilder`.
        program: of `tracing.record`.
        input_names: names of the inputs, which the graph has.
        converters: the `Converters` of the format.

    Returns:
        (inputs, outputs): lists of `Value`s with names in the graph.

    Raises:
        Inexpressible: something cannot be expressed; the message names its layer and op.
    """
    values = [_value(graph, program, index) for index in range(len(program.buffers))]
    inputs = [value for value, buffers in zip(values, program.buffers, strict=True) if buffers[0].kind == "batch"]
    for value, name in zip(inputs, input_names, strict=True):
        graph.input(value, name)
        if value.shape and isinstance(value.shape[0], Unknown):
            graph.lengths.batch = value.shape[0]
    state = program.state if graph.keeps_state else []
    if graph.keeps_state and program.lost:
        raise Inexpressible(f"When it is recorded, {program.lost[0]}.")
    for step in needed_steps(program, [*program.outputs, *[index for _, index in state]]):
        graph.scope = step.place
        try:
            _convert_step(graph, step, values, converters)
        except Inexpressible as error:
            where = f"The op {type(step.op).__name__} of the layer '{step.place}'"
            raise Inexpressible(f"{where} cannot be exported to {graph.title}: it {error}.") from None
    graph.scope = ""
    outputs = [_output(graph, values[index]) for index in program.outputs]
    for variable, index in state:
        graph.assign(variable, _output(graph, values[index]).name)
    return inputs, outputs


def needed_steps(program, wanted):
    """The steps on which these values depend, in order. (Layers also prepare values that only training uses.)"""
    needed, steps = set(wanted), []
    for step in reversed(program.steps):
        if needed.intersection(step.writes):
            steps.append(step)
            needed.update(step.reads)
    return steps[::-1]


def _value(graph, program, index):
    buffers = program.buffers[index]
    buffer = buffers[0]
    shape = program.shape(index)
    if buffer.kind == "variable":
        return graph.weight(buffer.origin, shape, buffer.dtype)
    if buffer.kind != "constant":
        value = Value(shape, buffer.dtype)
        value.reason = program.effects.get(index)
        return value
    first, *others = origins = [buffer.origin for buffer in buffers]
    is_float = np.asarray(first).dtype.kind == "f"
    if holds_unknown(shape) or any(not np.array_equal(first, other, equal_nan=is_float) for other in others):
        return Value(shape, buffer.dtype, varying=origins)
    return Value(shape, buffer.dtype, first)


def _convert_step(graph, step, values, converters):
    inputs = [values[i] for i in step.reads]
    step.outputs = outputs = [values[i] for i in step.writes]
    if all(x.is_constant for x in inputs) and step.is_fixed and not any(holds_unknown(y.shape) for y in outputs):
        results = step.op.forward(*[x.array for x in inputs])
        for y, array in zip(outputs, results if type(results) is tuple else (results,), strict=True):
            y.array = np.asarray(array)
        return
    convert_op = converters.of(step.op)
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
        raise Inexpressible(value.reason or f"reads a by-product of another op, which {graph.title} does not have")
    name = name_of_varying(graph, value)
    graph.lengths.note(name, value.shape)
    return name


def _output(graph, value):
    try:
        name = value.name or (graph.read(value) if value.is_constant else _named_varying(graph, value))
    except Inexpressible as error:
        raise Inexpressible(f"A result cannot be exported to {graph.title}: it {error}.") from None
    return Value(value.shape, value.dtype, name=name)
