"""Scaled dot-product attention of several heads."""

import numpy as np

from minikeras.exporting.saved_model.registry import converts
from minikeras.exporting.varying import triangle
from minikeras.ops.attention import DotProductAttention


@converts(DotProductAttention)
def dot_product_attention(graph, step, query, key, value, mask=None):
    """softmax(scale · q kᵀ) v with the heads before the positions; masked sources get a very negative logit."""
    op, dtype = step.op, step.outputs[0].dtype
    q, k, v = (graph.transpose(graph.read(x, dtype), [0, 2, 1, 3]) for x in (query, key, value))
    logits = graph.add("BatchMatMulV2", graph.multiply(q, op.scale), k, adj_y=True)
    seen = None if mask is None else graph.read(mask, bool)
    if op.is_causal:
        earlier = triangle(graph, query.shape[1], key.shape[1])
        seen = earlier if seen is None else graph.add("LogicalAnd", seen, earlier)
    if seen is not None:
        logits = graph.add("SelectV2", seen, logits, graph.number(-0.7 * float(np.finfo(dtype).max), logits))
    y = graph.add("BatchMatMulV2", graph.add("Softmax", logits), v)
    return graph.transpose(y, [0, 2, 1, 3])
