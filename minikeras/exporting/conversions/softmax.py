"""Softmax and its relatives."""

import numpy as np

from minikeras.autodiff.arithmetic import Divide, Multiply, Subtract
from minikeras.autodiff.comparison import Greater
from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.exporting.conversions.elementwise import in_output_dtype
from minikeras.exporting.registry import converts, of_class
from minikeras.ops.activation import Relu
from minikeras.ops.cumulative import Cumsum
from minikeras.ops.softmax import LogSoftmax, Softmax, Sparsemax
from minikeras.ops.sorting import TopK


def along_axes(graph, step, op, x):
    """A function along one axis, or along several, which are merged."""
    axes = list(normalize_axes(step.op.axis, x.rank))
    (name,) = in_output_dtype(graph, step, x)
    if len(axes) == 1:
        return graph.op(op, name, axis=axes[0], rank=x.rank)
    order = [axis for axis in range(x.rank) if axis not in axes] + axes
    shape, kept = [x.shape[axis] for axis in order], x.rank - len(axes)
    merged = graph.reshape(graph.transpose(name, order), [*shape[:kept], -1])
    y = graph.reshape(graph.op(op, merged, axis=kept, rank=kept + 1), shape)
    return graph.transpose(y, np.argsort(order).tolist())


of_class((Softmax, LogSoftmax), along_axes)


@converts(Sparsemax)
def sparsemax(graph, step, x):
    """As in `Sparsemax`: its threshold is (Σ running sums of the support − 1) / k, in descending order."""
    (axis,), last = normalize_axes(step.op.axis, x.rank), x.rank - 1
    order = [*[a for a in range(x.rank) if a != axis], axis]
    name = graph.transpose(graph.read(x), order)
    ordered, _ = graph.op(TopK, name, graph.length(x.shape[axis]))
    sums = graph.op(Cumsum, ordered, graph.constant(last, np.int64))
    rank = graph.plus(graph.cast(graph.up_to(x.shape[axis]), x.dtype), 1)
    excess = graph.op(Divide, graph.plus(sums, -1), rank)
    support = graph.cast(graph.op(Greater, ordered, excess), x.dtype)
    count = graph.reduce(Sum, support, [last], True)
    total = graph.reduce(Sum, graph.op(Multiply, sums, support), [last], True)
    threshold = graph.op(Divide, graph.plus(total, -1), count)
    return graph.transpose(graph.op(Relu, graph.op(Subtract, name, threshold)), np.argsort(order).tolist())
