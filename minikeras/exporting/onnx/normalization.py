"""Normalization of rows, which ONNX has since version 17."""

from minikeras.exporting.conversions import reduction
from minikeras.exporting.onnx.registry import converts
from minikeras.ops.normalization import StandardizeRows


@converts(StandardizeRows)
def standardize_rows(graph, step, x, scale, offset):
    if graph.opset < 17:
        return reduction.standardize_rows(graph, step, x, scale, offset)
    given = [graph.read(value, x.dtype) for value in (x, scale, offset)]
    return graph.add("LayerNormalization", *given, axis=-1, epsilon=float(step.op.epsilon))
