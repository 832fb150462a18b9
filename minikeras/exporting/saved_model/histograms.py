"""Tiles of images whose histograms are equalized."""

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import holds_unknown
from minikeras.exporting.saved_model.elementwise import limited
from minikeras.exporting.saved_model.indexing import gathered
from minikeras.exporting.saved_model.registry import converts
from minikeras.ops.histograms import LEVELS, EqualizeTiles


@converts(EqualizeTiles)
def equalize_tiles(graph, step, x):
    """The tables of an image lie one after the other, where each pixel reads those of four tiles."""
    _, height, width, channels = x.shape
    if holds_unknown((height, width, channels)):
        raise Inexpressible("needs images of known height and width (`input_signature`)")
    rows, columns = step.op.grid
    tile = -(-height // rows), -(-width // columns)
    levels = graph.cast(limited(graph, graph.read(x), 0, LEVELS - 1), np.dtype(np.int64))
    padded = levels
    for axis, (length, whole) in enumerate([(height, tile[0] * rows), (width, tile[1] * columns)], 1):
        mirrored = np.pad(np.arange(length), (0, whole - length), mode="symmetric")
        padded = gathered(graph, padded, graph.integers(mirrored), axis)
    tiles = graph.reshape(padded, [-1, rows, tile[0], columns, tile[1], channels])
    tables = _tables(graph, step.op, graph.transpose(tiles, [0, 1, 3, 5, 2, 4]), tile[0] * tile[1])
    tables = graph.reshape(tables, [-1, rows, columns, channels, LEVELS])
    for axis, count in ((1, rows), (2, columns)):  # those at the edges also stand for what is beyond
        tables = gathered(graph, tables, graph.integers(np.clip(np.arange(-1, count + 1), 0, count - 1)), axis)
    tables = graph.reshape(tables, [-1, (rows + 2) * (columns + 2) * channels * LEVELS])
    levels = graph.add("AddV2", levels, graph.constant(np.arange(channels) * LEVELS))
    above, down = (part[:height, None, None] for part in step.op.neighbours(tile[0], rows))
    left, right = (part[:width, None] for part in step.op.neighbours(tile[1], columns))

    def read(dy, dx):
        y = np.minimum(above + dy, rows + 1) * ((columns + 2) * channels * LEVELS)
        places = graph.add(
            "AddV2", levels, graph.constant(y + np.minimum(left + dx, columns + 1) * (channels * LEVELS))
        )
        places = graph.reshape(places, [-1, height * width * channels])
        found = graph.add("GatherV2", tables, places, graph.constant(1, np.int32), batch_dims=1)
        return graph.reshape(found, [-1, height, width, channels])

    def blended(first, second, share):
        first = graph.add("Mul", first, graph.constant(1 - share))
        return graph.add("AddV2", first, graph.add("Mul", second, graph.constant(share)))

    return blended(*[blended(read(dy, 0), read(dy, 1), right) for dy in (0, 1)], down)


def _tables(graph, op, tiles, pixels):
    """What each level becomes, (tiles, levels): see `EqualizeTiles`."""
    rows, size = graph.reshape(tiles, [-1, pixels]), graph.constant(LEVELS, np.int64)
    counts = graph.add("DenseBincount", rows, size, graph.constant(np.zeros(0, np.float32)))
    if op.clip_limit > 0:
        clipped = graph.add("Minimum", counts, graph.number(op.clip_limit * pixels / LEVELS, counts))
        excess = graph.reduce("Sum", graph.add("Sub", counts, clipped), [1], True)
        counts = graph.add("AddV2", clipped, graph.add("RealDiv", excess, graph.number(LEVELS, excess)))
    total = graph.add("Cumsum", counts, graph.constant(1, np.int32))
    least = graph.slice(total, 1, 0, 1)
    rest = graph.add("Sub", graph.number(pixels, least), least)
    empty = graph.add("Equal", rest, graph.number(0, rest))
    rest = graph.add("SelectV2", empty, graph.number(1, rest), rest)
    scaled = graph.multiply(graph.add("Sub", total, least), LEVELS - 1)
    return limited(graph, graph.add("RealDiv", scaled, rest), 0, LEVELS - 1)
