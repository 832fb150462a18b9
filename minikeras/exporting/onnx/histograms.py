"""Tiles of images whose histograms are equalized."""

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import holds_unknown
from minikeras.exporting.onnx.registry import converts
from minikeras.ops.histograms import LEVELS, EqualizeTiles


@converts(EqualizeTiles)
def equalize_tiles(graph, step, x):
    """The tables of an image lie one after the other, where each pixel reads those of four tiles."""
    batch, height, width, channels = x.shape
    if holds_unknown((height, width, channels)):
        raise Inexpressible("needs images of known height and width (`input_signature`)")
    rows, columns = step.op.grid
    tile = -(-height // rows), -(-width // columns)
    levels = graph.add("Clip", graph.read(x), *[graph.constant(n, np.float32) for n in (0, LEVELS - 1)])
    levels = graph.cast(levels, np.int64)
    padded = levels
    for axis, (length, whole) in enumerate([(height, tile[0] * rows), (width, tile[1] * columns)], 1):
        places = np.pad(np.arange(length), (0, whole - length), mode="symmetric")
        padded = graph.add("Gather", padded, graph.integers(places), axis=axis)
    tiles = graph.add("Reshape", padded, graph.integers([0, rows, tile[0], columns, tile[1], channels]))
    tables = _tables(graph, step.op, tiles, (batch, rows, columns, channels, LEVELS), tile[0] * tile[1])
    tables = graph.add("Pad", tables, graph.integers([0, 1, 1, 0, 0] * 2), mode="edge")
    tables = graph.add("Reshape", tables, graph.integers([0, (rows + 2) * (columns + 2) * channels * LEVELS]))
    levels = graph.add("Add", levels, graph.constant(np.arange(channels) * LEVELS))
    above, down = (part[:height, None, None] for part in step.op.neighbours(tile[0], rows))
    left, right = (part[:width, None] for part in step.op.neighbours(tile[1], columns))

    def read(dy, dx):
        y = np.minimum(above + dy, rows + 1) * ((columns + 2) * channels * LEVELS)
        x = np.minimum(left + dx, columns + 1) * (channels * LEVELS)
        places = graph.add("Add", graph.add("Add", levels, graph.constant(y)), graph.constant(x))
        places = graph.add("Reshape", places, graph.integers([0, height * width * channels]))
        found = graph.add("GatherElements", tables, places, axis=1)
        return graph.add("Reshape", found, graph.integers([0, height, width, channels]))

    def blended(first, second, share):
        first = graph.add("Mul", first, graph.constant(1 - share))
        return graph.add("Add", first, graph.add("Mul", second, graph.constant(share)))

    return blended(*[blended(read(dy, 0), read(dy, 1), right) for dy in (0, 1)], down)


def _tables(graph, op, tiles, shape, pixels):
    """What each level becomes, of this shape: see `EqualizeTiles`."""
    indices = graph.transpose(tiles, [0, 1, 3, 5, 2, 4])
    indices = graph.add("Reshape", indices, graph.integers([0, 0, 0, 0, pixels]))
    zeros = graph.add("Expand", graph.constant(0, np.float32), graph.shape(shape))
    ones = graph.add("Expand", graph.constant(1, np.float32), graph.add("Shape", indices))
    counts = graph.add("ScatterElements", zeros, indices, ones, axis=4, reduction="add")
    if op.clip_limit > 0:
        clipped = graph.add("Min", counts, graph.constant(op.clip_limit * pixels / LEVELS, np.float32))
        excess = graph.reduce("ReduceSum", graph.add("Sub", counts, clipped), [4], True)
        counts = graph.add("Add", clipped, graph.add("Div", excess, graph.constant(LEVELS, np.float32)))
    total = graph.add("CumSum", counts, graph.constant(4, np.int64))
    least = graph.slice(total, 4, 0, 1)
    rest = graph.add("Sub", graph.constant(pixels, np.float32), least)
    is_empty = graph.add("Equal", rest, graph.constant(0, np.float32))
    rest = graph.add("Where", is_empty, graph.constant(1, np.float32), rest)
    scaled = graph.add("Mul", graph.add("Sub", total, least), graph.constant(LEVELS - 1, np.float32))
    return graph.add("Clip", graph.add("Div", scaled, rest), *[graph.constant(n, np.float32) for n in (0, LEVELS - 1)])
