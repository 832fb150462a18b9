"""The geometry of a convolution: lines of images, phases of a stride, planes in depth."""

from math import gcd
from typing import NamedTuple

import numpy as np

from minikeras.kernels.registry import subroutine

# Tasks of one convolution: enough to balance threads when one is delayed, few enough to cost nothing.
TASKS = 16
PARTS = 16  # the most parts of a sum


class ConvolutionGeometry(NamedTuple):
    """How a convolution traverses the input and y, as integers for compiled code.

    Axis by axis: strides, padding before, dilation, taps of the window, number of outputs; then the offset of the first
    result in an image of y, and the steps from line to line and from column to column, in elements; and the offset of
    the first factor in the kernel or packed kernel.
    """

    stride_h: int
    stride_w: int
    top: int
    left: int
    dilation_h: int
    dilation_w: int
    taps_h: int
    taps_w: int
    out_h: int
    out_w: int
    first: int
    line_step: int
    column_step: int
    kernel: int = 0

    @property
    def right(self):
        """The number of columns of the padded image that a line's windows touch."""
        return (self.out_w - 1) * self.stride_w + (max(self.taps_w, 1) - 1) * self.dilation_w + 1

    @property
    def bottom(self):
        """Lines from the one at `stride_h` times an output's to the last one in its window."""
        return (max(self.taps_h, 1) - 1) * self.dilation_h + 1 - self.top


@subroutine
def geometry_of(row):
    """The `ConvolutionGeometry` in a row of integers, for kernels that process several in one task."""
    return ConvolutionGeometry(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6],
        row[7], row[8], row[9], row[10], row[11], row[12], row[13],
    )  # fmt: skip


class Phase(NamedTuple):
    """The taps of the kernel that reach every stride-th position of x, along one axis: a smaller convolution."""

    first: int
    step: int
    taps: int
    dilation: int
    before: int


def phase_of(position, stride, before, dilation, window):
    """The `Phase` of the positions `position` + i · stride of x.

    Output o reads position p by tap k if o · stride + k · dilation − before = p. For the positions of one phase this
    holds for the same taps, k = first + t · step, and o = i + base − t · spread.
    """
    common = gcd(stride, dilation)
    step, spread = stride // common, dilation // common
    for first in range(min(step, window)):
        base, rest = divmod(position + before - first * dilation, stride)
        if rest == 0:
            taps = -(-(window - first) // step)
            return Phase(first, step, taps, spread, (taps - 1) * spread - base)
    return Phase(0, 1, 0, 1, 0)


def lines_of_a_task(batch, geometry):
    """(tasks, lines of a chunk, chunks of a task): chunks are images, or parts of them if there are too few."""
    parts = (
        max(1, min(geometry.out_h, -(-TASKS // max(batch, 1)))) if batch * geometry.out_h * geometry.out_w >= 64 else 1
    )
    lines = -(-geometry.out_h // parts)
    chunks = batch * -(-geometry.out_h // lines)
    per_task = max(1, -(-chunks // TASKS))
    return -(-chunks // per_task), lines, per_task


def parts_of_a_sum(terms, most, least_terms, divisible):
    """The number of parts of a kernel gradient's sum, at most `most`: it depends on shapes alone, not on threads.

    Two, for two threads, or 4, 8 or 16 of at least `least_terms` each; half as many, with nothing to add,
    if the result is `divisible`: two threads can have equal shares of it.
    """
    parts = 2
    while 2 * parts <= min(PARTS, terms // least_terms):
        parts *= 2
    return max(1, min(parts // 2 if divisible else parts, most))


def planes_read(x, y, taps, stride, before, dilation):
    """Which image each tap in depth reads for each image of y: y's image q by tap a is x's image planes[q, a], or none
    for -1.

    The planes of x (batch, depth, height, width, channels) are consecutive images, like those of y. Without a depth
    axis every image reads itself.
    """
    if x.ndim == 4:
        return np.arange(len(x))[:, None]
    positions = np.arange(y.shape[1])[:, None] * stride + np.arange(taps) * dilation - before
    return _images(len(x), positions, x.shape[1])


def planes_added(dx, dy, taps, stride, before, dilation):
    """The same for the input gradient: dx's image q sums taps a of dy's images planes[q, a], none for -1."""
    if dx.ndim == 4:
        return np.arange(len(dx))[:, None]
    positions, rests = np.divmod(np.arange(dx.shape[1])[:, None] + before - np.arange(taps) * dilation, stride)
    return _images(len(dx), np.where(rests == 0, positions, -1), dy.shape[1])


def _images(batch, positions, depth):
    """The indices of the images at some positions in depth, (batch · outputs, taps): -1 for positions outside."""
    images = np.arange(batch)[:, None, None] * depth + positions
    return np.where((positions >= 0) & (positions < depth), images, -1).reshape(-1, positions.shape[1])
