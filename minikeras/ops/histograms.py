"""Histogram equalization of images, over a whole batch or tile by tile. No gradient flows through the counts."""

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.ops.spatial import on_image_batch

LEVELS = 256


class Equalize(Op):
    """y = round(255 · (C(x) − C₀) / (C_last − C₀)) with C the cumulated histogram, C₀ its first value above 0.

    Channels of which all values are in one bin stay as they are.
    """

    differentiable = False

    def __init__(self, bins, axis):
        self.bins = bins
        self.axis = axis

    def forward(self, x):
        channels = np.moveaxis(x, self.axis, 0)
        return np.moveaxis(np.stack([self._channel(channel) for channel in channels]), 0, self.axis).astype(x.dtype)

    def output_shape(self, shape):
        return shape

    def _channel(self, x):
        last = self.bins - 1
        values = x.astype(np.float32)
        bins = np.clip(values * last / np.float32(255), 0, last).astype(np.intp)
        counts = np.bincount(bins.ravel(), minlength=self.bins)
        if np.count_nonzero(counts) <= 1:
            return x
        total = np.cumsum(counts)
        first = total[np.flatnonzero(total)[0]]
        table = np.clip(np.round((total - first) * 255 / (total[-1] - first)), 0, 255)
        return table[np.clip(x / x.dtype.type(255) * last, 0, last).astype(int)]


def equalized(x, bins, axis):
    """Images with values 0 … 255 whose histograms are flat, channel by channel; `axis` is that of the channels."""
    return Equalize(bins, axis)(x)


class EqualizeTiles(Op):
    """Each tile equalized with limited contrast, and tables blended bilinearly between the centres of tiles.

    x: float32 (batch, height, width, channels), values 0 … 255. Images are mirrored to a multiple of the grid first.
    """

    differentiable = False

    def __init__(self, grid, clip_limit):
        self.grid = grid
        self.clip_limit = clip_limit

    def forward(self, x):
        batch, height, width, channels = x.shape
        rows, columns = self.grid
        tile = -(-height // rows), -(-width // columns)
        added = (0, tile[0] * rows - height), (0, tile[1] * columns - width)
        padded = np.pad(x, ((0, 0), *added, (0, 0)), mode="symmetric")
        levels = np.clip(padded, 0, LEVELS - 1).astype(np.int64)
        tables = self._tables(levels.reshape(batch, rows, tile[0], columns, tile[1], channels))
        tables = np.pad(tables, ((0, 0), (1, 1), (1, 1), (0, 0), (0, 0)), mode="edge")
        above, down = self.neighbours(tile[0], rows)
        left, right = self.neighbours(tile[1], columns)
        n, c = np.arange(batch)[:, None, None, None], np.arange(channels)
        y, x = above[:, None, None], left[:, None]

        def read(dy, dx):
            return tables[n, np.minimum(y + dy, rows + 1), np.minimum(x + dx, columns + 1), c, levels]

        down, right = down[:, None, None], right[:, None]
        top = read(0, 0) * (1 - right) + read(0, 1) * right
        bottom = read(1, 0) * (1 - right) + read(1, 1) * right
        return (top * (1 - down) + bottom * down)[:, :height, :width]

    def output_shape(self, shape):
        return shape

    def _tables(self, tiles):
        """What each level becomes, for each tile: (batch, rows, columns, channels, LEVELS)."""
        batch, rows, height, columns, width, channels = tiles.shape
        counts = np.zeros((batch, rows, columns, channels, LEVELS), np.float32)
        n, i, _, j, _, c = np.ogrid[tuple(slice(length) for length in tiles.shape)]
        np.add.at(counts, (n, i, j, c, tiles), 1)
        pixels = np.float32(height * width)
        if self.clip_limit > 0:
            clipped = np.clip(counts, 0, np.float32(self.clip_limit * (height * width) / LEVELS))
            counts = clipped + (counts - clipped).sum(axis=-1, keepdims=True) / np.float32(LEVELS)
        total = np.cumsum(counts, axis=-1, dtype=np.float32)
        least = total.min(axis=-1, keepdims=True)
        rest = pixels - least
        return np.clip((total - least) * np.float32(255) / np.where(rest == 0, np.float32(1), rest), 0, 255)

    def neighbours(self, tile, count):
        """(the tile before each pixel's place between centres, counted with the border; the weight of the next)."""
        place = (np.arange(tile * count, dtype=np.float32) - np.float32(tile / 2)) / np.float32(tile) + np.float32(1)
        before = np.floor(place)
        return np.clip(before, 0, count + 1).astype(np.int64), place - before


def tile_equalized(x, grid, clip_limit, data_format):
    """Images, one or a batch, in either data format, with their tiles equalized; values are 0 … 255."""
    return on_image_batch(EqualizeTiles(tuple(grid), clip_limit), x, data_format)
