"""Tensors joined and split."""

from minikeras.autodiff.shapes import Stack, normalize_axes
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import holds_unknown
from minikeras.exporting.onnx.arithmetic import common_dtype
from minikeras.exporting.onnx.registry import converts
from minikeras.ops.joining import Concatenate, Split


@converts(Concatenate)
def concatenate(graph, step, *values):
    dtype = common_dtype(*values)
    axis = step.op.axis % values[0].rank
    return graph.add("Concat", *[graph.read(x, dtype) for x in values], axis=axis)


@converts(Stack)
def stack(graph, step, *values):
    dtype, axis = common_dtype(*values), step.op.axis % (values[0].rank + 1)
    return graph.add("Concat", *[graph.unsqueeze(graph.read(x, dtype), [axis]) for x in values], axis=axis)


@converts(Split)
def split(graph, step, x):
    axis = normalize_axes(step.op.axis, x.rank)[0]
    lengths = [y.shape[axis] for y in step.outputs]
    if not holds_unknown(lengths):
        return graph.split(graph.read(x), lengths, axis)
    if not isinstance(step.op.indices_or_sections, int):
        raise Inexpressible("splits an axis of unknown length at given indices")
    parts = graph.shape(lengths)
    return graph.add("Split", graph.read(x), parts, outputs=len(lengths), axis=axis)
