"""Class indices as vectors: one-hot, counts."""

import numpy as np

from minikeras.exporting.onnx.registry import converts
from minikeras.ops.category_counts import CategoryCounts
from minikeras.ops.encoding import OneHot


@converts(OneHot)
def one_hot(graph, step, x):
    """A comparison with 0 … n − 1, so that invalid indices give zeros."""
    op, rank = step.op, x.rank
    axis = op.axis % (rank + 1)
    classes = np.arange(op.num_classes, dtype=np.int64).reshape(-1, *[1] * (rank - axis))
    places = graph.unsqueeze(graph.read(x, np.int64), [axis])
    return graph.cast(graph.add("Equal", places, graph.constant(classes)), op.dtype)


@converts(CategoryCounts)
def category_counts(graph, step, x, weights=None):
    """Sums of one-hot vectors over the last axis."""
    op = step.op
    classes = graph.constant(np.arange(op.depth, dtype=np.int64))
    found = graph.add("Equal", graph.unsqueeze(graph.read(x, np.int64), [x.rank]), classes)
    found = graph.cast(found, np.float32)
    if weights is not None and not op.is_binary:
        found = graph.add("Mul", found, graph.unsqueeze(graph.read(weights, np.float32), [weights.rank]))
    counts = graph.reduce("ReduceSum", found, [x.rank - 1], False)
    return graph.cast(graph.add("Greater", counts, graph.constant(0, np.float32)) if op.is_binary else counts, op.dtype)
