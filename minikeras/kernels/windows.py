"""The geometry of convolution and pooling windows: padding, output sizes, and one strided slice per window offset.

Everything is a tuple with one entry per spatial axis. `pads` is explicit: ((before, after), …). A window of size k with
dilation d touches the positions 0, d, …, (k − 1)·d after its start, so it spans (k − 1)·d + 1.

A step on the tape needs the same geometry as the step before, three times for each layer: results are cached.
"""

import itertools
from functools import lru_cache

import numpy as np


def span(window, dilation):
    """Input positions from the first to the last that a dilated window touches, per axis: (k − 1)·d + 1."""
    return tuple((k - 1) * d + 1 for k, d in zip(window, dilation, strict=True))


def same_pads(sizes, window, strides, dilation):
    """The padding of "same": ceil(size / stride) outputs, the odd row or column at the end (bottom, right)."""
    pads = []
    for size, extent, stride in zip(sizes, span(window, dilation), strides, strict=True):
        total = max((-(-size // stride) - 1) * stride + extent - size, 0)
        pads.append((total // 2, total - total // 2))
    return tuple(pads)


@lru_cache(maxsize=1024)
def explicit_pads(padding, sizes, window, strides, dilation):
    """((before, after), …) for padding "valid" or "same"; ((before, after), …) passes through.

    Raises:
        ValueError: the string is neither of them.
    """
    if not isinstance(padding, str):
        return tuple((before, after) for before, after in padding)
    if padding == "valid":
        return ((0, 0),) * len(sizes)
    if padding == "same":
        return same_pads(sizes, window, strides, dilation)
    raise ValueError(f"`padding` must be 'valid', 'same' or pairs of numbers. Received: padding={padding!r}")


@lru_cache(maxsize=1024)
def output_sizes(sizes, window, strides, pads, dilation):
    """Number of windows per axis: floor((size + before + after − span) / stride) + 1, and 0 where none fits."""
    extents = span(window, dilation)
    return tuple(
        max((size + before + after - extent) // stride + 1, 0)
        for size, (before, after), extent, stride in zip(sizes, pads, extents, strides, strict=True)
    )


def pad(x, pads, value=0):
    """x (batch, *spatial, channels) with its spatial axes padded by `value`; x itself where there is no padding."""
    if not any(before or after for before, after in pads):
        return x
    return np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=value)


def with_axis(strides, pads, dilation):
    """Convert strides, pads and dilation of windows along one axis to those of images with a first axis of size 1."""
    return (1, *strides), ((0, 0), *pads), (1, *dilation)


def unpad(x, pads):
    """The inverse of `pad`: a view without the padding."""
    inner = tuple(slice(before, size - after) for size, (before, after) in zip(x.shape[1:-1], pads, strict=True))
    return x[(slice(None), *inner)]


def offsets(window):
    """Every position inside a window, in row-major order: (0, 0), (0, 1), …."""
    return itertools.product(*(range(size) for size in window))


def offset_slice(offset, outputs, strides, dilation):
    """Index of the values that all windows see at one offset: an array (batch, *outputs, channels) out of padded x.

    Along each axis these are the positions offset·dilation, + stride, + 2·stride, … one per window.
    """
    axes = []
    for position, count, stride, step in zip(offset, outputs, strides, dilation, strict=True):
        start = position * step
        axes.append(slice(start, start + (count - 1) * stride + 1 if count else start, stride))
    return (slice(None), *axes)
