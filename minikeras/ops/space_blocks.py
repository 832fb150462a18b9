"""Blocks of positions distributed to examples of a batch, and back, for dilated convolutions."""

import math

import numpy as np

from minikeras.ops.padding import pad
from minikeras.ops.shaping import reshape, transpose


def space_to_batch_blocks(x, blocks, paddings):
    """(batch, *spatial, …) as (batch · Π b, *spatial / b, …).

    Args:
        blocks: the length b of the block along each of the axes after the first.
        paddings: pairs of zeros (before, after) added along these axes first.
    """
    count = len(blocks)
    x = pad(x, [(0, 0), *map(tuple, paddings), *[(0, 0)] * (len(x.shape) - count - 1)])
    batch, sizes, rest = x.shape[0], x.shape[1 : count + 1], tuple(x.shape[count + 1 :])
    parts = [n for size, b in zip(sizes, blocks, strict=True) for n in (size // b, b)]
    x = reshape(x, (batch, *parts, *rest))
    within, positions = range(2, 2 * count + 1, 2), range(1, 2 * count, 2)
    x = transpose(x, (*within, 0, *positions, *range(2 * count + 1, len(x.shape))))
    return reshape(x, (-1, *[size // b for size, b in zip(sizes, blocks, strict=True)], *rest))


def batch_to_space_blocks(x, blocks, crops):
    """The inverse of `space_to_batch_blocks`, with (before, after) positions finally cropped from each axis."""
    count = len(blocks)
    sizes, rest = tuple(x.shape[1 : count + 1]), tuple(x.shape[count + 1 :])
    batch = x.shape[0] // math.prod(blocks)
    x = reshape(x, (*blocks, batch, *sizes, *rest))
    order = [n for i in range(count) for n in (count + 1 + i, i)]
    x = transpose(x, (count, *order, *range(2 * count + 1, len(x.shape))))
    x = reshape(x, (batch, *[size * b for size, b in zip(sizes, blocks, strict=True)], *rest))
    ends = [(before, n - after) for (before, after), n in zip(crops, x.shape[1 : count + 1], strict=True)]
    return x[(slice(None), *[slice(start, stop) for start, stop in ends])]


def paddings_to_blocks(lengths, block, base=None):
    """(paddings, crops), (axes, 2) each: at least `base` before and after, and what is added so that blocks divide."""
    lengths, block = np.asarray(lengths), np.asarray(block)
    base = np.zeros((len(block), 2), int) if base is None else np.asarray(base)
    added = -(lengths + base.sum(axis=1)) % block
    paddings, crops = base.copy(), np.zeros_like(base)
    paddings[:, 1] += added
    crops[:, 1] = added
    return paddings, crops
