"""Histogram equalization of image tiles."""

import numpy as np

from minikeras.autodiff.arithmetic import Add, Divide, Multiply, Subtract, Where
from minikeras.autodiff.comparison import Equal
from minikeras.autodiff.shapes import Sum
from minikeras.exporting.conversions.operators import limited
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import holds_unknown
from minikeras.exporting.registry import converts
from minikeras.ops.counting import CategoryCounts
from minikeras.ops.cumulative import Cumsum
from minikeras.ops.extrema import Minimum
from minikeras.ops.histograms import LEVELS, EqualizeTiles
from minikeras.ops.indexing import TakeAlongAxis


@converts(EqualizeTiles)
def equalize_tiles(graph, step, x):
    """The tables of an image are one after the other, where each pixel reads those of four tiles."""
    _, height, width, channels = x.shape
    if holds_unknown((height, width, channels)):
        raise Inexpressible("needs images of known height and width (`input_signature`)")
    rows, columns = step.op.grid
    tile = -(-height // rows), -(-width // columns)
    levels = graph.cast(limited(graph, graph.read(x), 0, LEVELS - 1), np.int64)
    padded = levels
    for axis, (length, whole) in enumerate([(height, tile[0] * rows), (width, tile[1] * columns)], 1):
        mirrored = np.pad(np.arange(length), (0, whole - length), mode="symmetric")
        padded = graph.gather(padded, graph.integers(mirrored), axis)
    tiles = graph.reshape(padded, [-1, rows, tile[0], columns, tile[1], channels])
    tables = _tables(graph, step.op, graph.transpose(tiles, [0, 1, 3, 5, 2, 4]), tile[0] * tile[1])
    tables = graph.reshape(tables, [-1, rows, columns, channels, LEVELS])
    for axis, count in ((1, rows), (2, columns)):  # beyond the edges, the outermost tiles are used
        tables = graph.gather(tables, graph.integers(np.clip(np.arange(-1, count + 1), 0, count - 1)), axis)
    tables = graph.reshape(tables, [-1, (rows + 2) * (columns + 2) * channels * LEVELS])
    levels = graph.op(Add, levels, graph.constant(np.arange(channels) * LEVELS))
    above, down = (part[:height, None, None] for part in step.op.neighbours(tile[0], rows))
    left, right = (part[:width, None] for part in step.op.neighbours(tile[1], columns))

    def read(dy, dx):
        y = np.minimum(above + dy, rows + 1) * ((columns + 2) * channels * LEVELS)
        x = np.minimum(left + dx, columns + 1) * (channels * LEVELS)
        positions = graph.op(Add, levels, graph.constant(y + x))
        positions = graph.reshape(positions, [-1, height * width * channels])
        found = graph.op(TakeAlongAxis, tables, positions, axis=1, rank=2)
        return graph.reshape(found, [-1, height, width, channels])

    def blended(first, second, share):
        first = graph.op(Multiply, first, graph.constant(1 - share))
        return graph.op(Add, first, graph.op(Multiply, second, graph.constant(share)))

    return blended(*[blended(read(dy, 0), read(dy, 1), right) for dy in (0, 1)], down)


def _tables(graph, op, tiles, pixels):
    """The new value of each level, (tiles, levels): see `EqualizeTiles`."""
    counts = graph.op(CategoryCounts, graph.reshape(tiles, [-1, pixels]), depth=LEVELS)
    if op.clip_limit > 0:
        clipped = graph.op(Minimum, counts, graph.number(op.clip_limit * pixels / LEVELS, counts))
        excess = graph.reduce(Sum, graph.op(Subtract, counts, clipped), [1], True)
        counts = graph.op(Add, clipped, graph.op(Divide, excess, graph.number(LEVELS, excess)))
    total = graph.op(Cumsum, counts, graph.constant(1, np.int64))
    least = graph.slice(total, 1, 0, 1)
    rest = graph.op(Subtract, graph.number(pixels, least), least)
    rest = graph.op(Where, graph.op(Equal, rest, graph.number(0, rest)), graph.number(1, rest), rest)
    scaled = graph.multiply(graph.op(Subtract, total, least), LEVELS - 1)
    return limited(graph, graph.op(Divide, scaled, rest), 0, LEVELS - 1)
