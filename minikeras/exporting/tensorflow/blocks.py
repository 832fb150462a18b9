"""Replacement of blocks of a tensor (`slice_update`)."""

import numpy as np

from minikeras.exporting.tensorflow.registry import converts
from minikeras.ops.blocks import SliceUpdate


@converts(SliceUpdate)
def update_block(graph, step, x, start, updates):
    """The block padded to the size of x, and selected at its position. If it would cross the edge, it is moved back."""
    dtype, lengths = step.outputs[0].dtype, graph.shape(updates.shape)
    most = graph.add("Sub", graph.shape(x.shape), lengths)
    before = graph.add("Maximum", graph.add("Minimum", graph.read(start, np.int64), most), graph.integers([0]))
    widths = graph.add("Pack", [before, graph.add("Sub", most, before)], axis=1)
    block = graph.add("PadV2", graph.read(updates, dtype), widths, graph.constant(0, dtype))
    ones = graph.expanded(graph.constant(1, np.int32), lengths)
    chosen = graph.add("PadV2", ones, widths, graph.constant(0, np.int32))
    chosen = graph.add("Greater", chosen, graph.constant(0, np.int32))
    return graph.add("SelectV2", chosen, block, graph.read(x, dtype))
