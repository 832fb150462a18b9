"""Segment reductions: reductions of the rows that share an index."""

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.tensorflow.registry import of_class
from minikeras.ops.segments import SegmentMax, SegmentMin, SegmentProd, SegmentSum


def reduced(graph, step, op, data, ids):
    """The operation for indices in any order; it ignores negative ones too."""
    if step.op.empty is not None:
        raise Inexpressible("gives empty segments a value of their own")
    count = graph.length(step.outputs[0].shape[0])
    return graph.op(op, graph.read(data), graph.read(ids), graph.scalar(count))


of_class((SegmentSum, SegmentMax, SegmentMin, SegmentProd), reduced)
