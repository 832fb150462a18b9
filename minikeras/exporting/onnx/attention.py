"""Scaled dot-product attention of several heads."""

import numpy as np

from minikeras.exporting.onnx.registry import converts
from minikeras.exporting.varying import triangle
from minikeras.ops.attention import DotProductAttention


@converts(DotProductAttention)
def dot_product_attention(graph, step, query, key, value, mask=None):
    """softmax(scale · q kᵀ) v with the heads before the positions; masked sources get a very negative logit."""
    op, dtype = step.op, step.outputs[0].dtype
    q = graph.transpose(graph.read(query, dtype), [0, 2, 1, 3])
    k = graph.transpose(graph.read(key, dtype), [0, 2, 3, 1])
    v = graph.transpose(graph.read(value, dtype), [0, 2, 1, 3])
    logits = graph.add("MatMul", graph.add("Mul", q, graph.constant(op.scale, dtype)), k)
    seen = None if mask is None else graph.read(mask, bool)
    if op.is_causal:
        earlier = triangle(graph, query.shape[1], key.shape[1])
        seen = earlier if seen is None else graph.add("And", seen, earlier)
    if seen is not None:
        logits = graph.add("Where", seen, logits, graph.constant(-0.7 * float(np.finfo(dtype).max), dtype))
    y = graph.add("MatMul", graph.add("Softmax", logits, axis=-1), v)
    return graph.transpose(y, [0, 2, 1, 3])
