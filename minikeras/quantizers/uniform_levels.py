"""Scales and zeros of groups of weights, unsigned, to which GPTQ and AWQ round.

    q = clip(round(w / scale + zero), 0, levels)        w ≈ (q − zero) · scale        levels = 2^bits − 1

Weights are matrices (outputs, inputs); scale and zero are (outputs, groups), a group being neighbouring inputs. Zero is
stored in an unsigned byte, so it is 0 at least, also where all weights of a group are positive. (In Keras it is 0 or
wraps around to 255 then, depending on the place in the array: a cast that C++ leaves undefined.)
"""

import math
from typing import NamedTuple

import numpy as np

_TINY = np.float32(1e-8)


class Levels(NamedTuple):
    """How weights are rounded.

    Attributes:
        bits: of an integer.
        group_size: inputs of a group; −1: all.
        symmetric: whether the range reaches as far below zero as above.
        per_channel: whether each output has its own range.
    """

    bits: int
    group_size: int = -1
    symmetric: bool = False
    per_channel: bool = True

    def groups(self, inputs):
        """The number of groups of that many inputs."""
        return 1 if self.group_size == -1 else math.ceil(inputs / self.group_size)

    def of_group(self, w):
        """(scale, zero), each (outputs, 1), of the range of weights w (outputs, inputs)."""
        rows = w if self.per_channel else w.reshape(1, -1)
        low, high = rows.min(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
        if self.symmetric:
            high = np.maximum(np.abs(low), high)
            low = np.where(low < 0, -high, low)
        flat = low == high
        low, high = np.where(flat, low - 1, low), np.where(flat, high + 1, high)
        levels = w.dtype.type(2**self.bits - 1)
        scale = (high - low) / levels
        scale = np.where(scale <= 0, _TINY, scale).astype(w.dtype)
        zero = np.full_like(scale, (levels + 1) / 2) if self.symmetric else np.rint(-low / scale)
        shape = (len(w), 1)
        return np.broadcast_to(scale, shape), np.broadcast_to(np.clip(zero, 0, 255).astype(np.uint8), shape)

    def of_groups(self, w):
        """(scale, zero), each (outputs, groups). As in Keras a last group that is shorter counts as filled with 0."""
        size = w.shape[1] if self.group_size == -1 else self.group_size
        parts = []
        for start in range(0, w.shape[1], size):
            part = w[:, start : start + size]
            if part.shape[1] < size and start:
                part = np.pad(part, ((0, 0), (0, size - part.shape[1])))
            parts.append(self.of_group(part))
        return [np.concatenate(arrays, axis=1) for arrays in zip(*parts, strict=True)]

    def rounded(self, w, scale, zero):
        """The integers q, as floats."""
        return np.clip(np.rint(w / scale + zero.astype(scale.dtype)), 0, 2**self.bits - 1)


def restored(q, scale, zero):
    """The weights that integers represent."""
    return (q - zero.astype(scale.dtype)) * scale
