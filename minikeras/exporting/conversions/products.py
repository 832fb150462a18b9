"""Products of matrices, contractions of tensors, attention."""

import string

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.comparison import LogicalAnd
from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.conversions.elementwise import in_output_dtype, in_wide_dtype
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.registry import converts
from minikeras.exporting.varying import triangle
from minikeras.ops.attention import DotProductAttention
from minikeras.ops.einsum import Contraction
from minikeras.ops.softmax import Softmax


@converts(Matmul)
def matmul(graph, step, x1, x2):
    y = graph.op(Matmul, *in_output_dtype(graph, step, x1, x2), ranks=(x1.rank, x2.rank))
    return graph.cast(y, step.outputs[0].dtype)


@converts(Contraction)
def contraction(graph, step, *values):
    """The contraction as products of two tensors at a time, with a letter for each label."""
    inputs, output = step.op.labels([x.shape for x in values])
    labels = list(dict.fromkeys(label for labels in (*inputs, output) for label in labels))
    if len(labels) > len(string.ascii_letters):
        raise Inexpressible("has more axes than there are letters")
    letters = dict(zip(labels, string.ascii_letters, strict=False))
    *terms, wanted = ["".join(letters[label] for label in labels) for labels in (*inputs, output)]
    names = in_wide_dtype(graph, *values)
    y, term, rest = names[0], terms[0], terms[1:]
    if not rest:
        y = graph.op(Contraction, y, equation=f"{term}->{wanted}")
    for i, (name, other) in enumerate(zip(names[1:], rest, strict=True)):  # TensorFlow's operation takes at most two
        later = {*wanted, *"".join(rest[i + 1 :])}
        kept = wanted if i == len(rest) - 1 else "".join(dict.fromkeys(c for c in term + other if c in later))
        y, term = graph.op(Contraction, y, name, equation=f"{term},{other}->{kept}"), kept
    return graph.cast(y, step.outputs[0].dtype)


@converts(DotProductAttention)
def dot_product_attention(graph, step, query, key, value, mask=None):
    """softmax(scale · q kᵀ) v with the heads before the positions; masked sources get a very negative logit."""
    op, dtype = step.op, step.outputs[0].dtype
    q, k, v = (graph.transpose(graph.read(x, dtype), [0, 2, 1, 3]) for x in (query, key, value))
    k = graph.transpose(k, [0, 1, 3, 2])  # the two transpositions become one
    logits = graph.op(Matmul, graph.multiply(q, op.scale), k, ranks=(4, 4))
    seen = None if mask is None else graph.read(mask, bool)
    if op.is_causal:
        earlier = triangle(graph, query.shape[1], key.shape[1])
        seen = earlier if seen is None else graph.op(LogicalAnd, seen, earlier)
    if seen is not None:
        logits = graph.op(Where, seen, logits, graph.number(-0.7 * float(np.finfo(dtype).max), logits))
    y = graph.op(Matmul, graph.op(Softmax, logits, axis=3, rank=4), v, ranks=(4, 4))
    return graph.transpose(y, [0, 2, 1, 3])
