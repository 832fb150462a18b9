"""Maximum and average over windows, forward and backward, over one, two or three spatial axes.

Shapes: x (batch, *spatial, channels); y (batch, *outputs, channels). `window` and `strides` have one number per spatial
axis, `pads` one pair (before, after); padded positions take no part: they are never the maximum and are not counted in
the mean, as in TensorFlow.

The references go through the offsets inside a window: for one offset, the values that all windows see are one strided
slice of x. The compiled loops serve one and two spatial axes (one axis becomes two, the first of size 1). Large float32
images go by the jobs of `pooling_jobs.py` on all threads.
"""

import math

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.pooling_jobs import (
    average_pool_gradient_jobs,
    average_pool_jobs,
    max_pool_gradient_jobs,
    max_pool_jobs,
)
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import is_float, kernel
from minikeras.kernels.tasks import goes_by_jobs
from minikeras.kernels.windows import offset_slice, offsets, output_sizes, pad, unpad


def max_pool(x, window, strides, pads):
    """y[n, i, c] = max_a x[n, i·stride + a − before, c] over the offsets a inside the image.

    NaN is never chosen, and the maximum starts at the dtype's lowest finite number, so a window of −∞ or NaN gives that
    number: TensorFlow's behaviour on CPU.
    """
    if x.ndim == 4 and goes_by_jobs(x):
        y = aligned((len(x), *output_sizes(x.shape[1:-1], window, strides, pads, (1, 1)), x.shape[-1]))
        run_prepared(max_pool_jobs, (x, y, None), window, strides, pads)
        return y
    y = _lowest_outputs(x, window, strides, pads)
    max_pool_into(*_as_two_axes(y, np.ascontiguousarray(x)), *_geometry_in_two_axes(window, strides, pads))
    return y


def max_pool_with_argmax(x, window, strides, pads):
    """(y, argmax): the maxima as in `max_pool`, and where each lies.

    argmax (int32, shape of y) is the position in x[n] flattened, (row · width + column) · channels + channel. Among
    equal values it is the first in row-major order, which is the one that receives the gradient.
    """
    if x.ndim == 4 and goes_by_jobs(x):
        outputs = output_sizes(x.shape[1:-1], window, strides, pads, (1, 1))
        y, argmax = [aligned((len(x), *outputs, x.shape[-1]), dtype) for dtype in (np.float32, np.int32)]
        run_prepared(max_pool_jobs, (x, y, argmax), window, strides, pads)
        return y, argmax
    y = _lowest_outputs(x, window, strides, pads)
    argmax = np.empty(y.shape, np.int32)
    arrays = _as_two_axes(y, argmax, np.ascontiguousarray(x))
    max_pool_and_argmax_into(*arrays, *_geometry_in_two_axes(window, strides, pads))
    return y, argmax


def max_pool_gradient(dy, argmax, sizes, window, strides, pads):
    """dx[n, argmax[n, i, c]] += dy[n, i, c]: each output's gradient goes to its maximum.  dx (batch, *sizes, channels).

    Linear in dy; its own gradient is `take_at_argmax`.
    """
    if dy.ndim == 4 and goes_by_jobs(dy) and argmax.flags.c_contiguous:
        dx = aligned((len(dy), *sizes, dy.shape[-1]))
        run_prepared(max_pool_gradient_jobs, (dy, argmax, dx), window, strides, pads)
        return dx
    dx = np.zeros((dy.shape[0], *sizes, dy.shape[-1]), dy.dtype)
    add_at_argmax(_flat_images(dx), _flat_images(argmax), _flat_images(dy))
    return dx


def take_at_argmax(x, argmax):
    """y[n, i, c] = x[n, argmax[n, i, c]]: the values that `max_pool` chose in another array of the same shape."""
    return np.take_along_axis(_flat_images(x), _flat_images(argmax), axis=1).reshape(argmax.shape)


def max_pool_gradient_to_all(x, y, dy, window, strides, pads):
    """dx[n, i·stride + a − before, c] += dy[n, i, c] at every offset a where x equals the maximum y[n, i, c].

    TensorFlow's rule for three spatial axes: equal maxima each receive the whole gradient.
    """
    dx = np.zeros_like(pad(x, pads), dtype=dy.dtype)
    x = pad(x, pads, value=lowest(x.dtype))
    for offset in offsets(window):
        seen = offset_slice(offset, y.shape[1:-1], strides, (1,) * len(window))
        dx[seen] += dy * (x[seen] == y)
    return np.ascontiguousarray(unpad(dx, pads))


def average_pool(x, window, strides, pads):
    """y[n, i, c] = mean over the offsets a inside the image of x[n, i·stride + a − before, c]."""
    outputs = output_sizes(x.shape[1:-1], window, strides, pads, (1,) * len(window))
    if x.ndim == 4 and goes_by_jobs(x):
        y = aligned((len(x), *outputs, x.shape[-1]))
        run_prepared(average_pool_jobs, (x, y), window, strides, pads)
        return y
    y = np.zeros((x.shape[0], *outputs, x.shape[-1]), x.dtype)
    average_pool_into(*_as_two_axes(y, np.ascontiguousarray(x)), *_geometry_in_two_axes(window, strides, pads))
    return y


def mean_of_images(x):
    """(batch, channels): the mean of each channel over a whole image, or any number of axes, large or small."""
    batch, *sizes, channels = x.shape
    window = math.prod(sizes[:-1]), sizes[-1]
    image = x.reshape(batch, *window, channels)
    return average_pool(image, window, (1, 1), ((0, 0), (0, 0))).reshape(batch, channels)


def average_pool_gradient(dy, sizes, window, strides, pads):
    """dx[n, i·stride + a − before, c] += dy[n, i, c] / (number of offsets of window i inside the image).

    Linear in dy; its own gradient is `average_pool`.  dx (batch, *sizes, channels).
    """
    if dy.ndim == 4 and goes_by_jobs(dy):
        dx = aligned((len(dy), *sizes, dy.shape[-1]))
        run_prepared(average_pool_gradient_jobs, (dy, dx), window, strides, pads)
        return dx
    dx = np.zeros((dy.shape[0], *sizes, dy.shape[-1]), dy.dtype)
    geometry = _geometry_in_two_axes(window, strides, pads)
    average_pool_gradient_into(*_as_two_axes(dx, np.ascontiguousarray(dy)), *geometry)
    return dx


def lowest(dtype):
    """The lowest finite number of a dtype."""
    return np.finfo(dtype).min if np.dtype(dtype).kind == "f" else np.iinfo(dtype).min


def counts(sizes, outputs, window, strides, pads):
    """How many positions of each window lie inside the image: (*outputs, 1)."""
    ones = pad(np.ones((1, *sizes, 1), np.int64), pads)
    total = np.zeros((1, *outputs, 1), np.int64)
    for offset in offsets(window):
        total += ones[offset_slice(offset, outputs, strides, (1,) * len(window))]
    return total[0]


def _lowest_outputs(x, window, strides, pads):
    outputs = output_sizes(x.shape[1:-1], window, strides, pads, (1,) * len(window))
    return np.full((x.shape[0], *outputs, x.shape[-1]), lowest(x.dtype), x.dtype)


def _flat_images(x):
    return x.reshape(x.shape[0], -1) if x.size else x.reshape(x.shape[0], 0)


def _as_two_axes(*arrays):
    """Arrays with one spatial axis get another of size 1 in front of it; others stay."""
    return [array[:, None] if array.ndim == 3 else array for array in arrays]


def _geometry_in_two_axes(window, strides, pads):
    if len(window) == 1:
        return (1, *window), (1, *strides), ((0, 0), *pads)
    return tuple(window), tuple(strides), tuple(map(tuple, pads))


def _has_two_axes(y, *_):
    return y.ndim == 4 and is_float(y)


# --- the loops ----------------------------------------------------------------------------------------------------


def max_pool_into_reference(y, x, window, strides, pads):
    """Raises y to the maximum of its window where that is greater (NaN is not greater)."""
    x = pad(x, pads, value=lowest(x.dtype))
    for offset in offsets(window):
        np.fmax(y, x[offset_slice(offset, y.shape[1:-1], strides, (1,) * len(window))], out=y)


@kernel(reference=max_pool_into_reference, when=_has_two_axes)
def max_pool_into(y, x, window, strides, pads):
    _, height, width, channels = x.shape
    for n in range(y.shape[0]):
        for i in range(y.shape[1]):
            top = i * strides[0] - pads[0][0]
            for j in range(y.shape[2]):
                left = j * strides[1] - pads[1][0]
                best = y[n, i, j]
                for row in range(max(top, 0), min(top + window[0], height)):
                    for column in range(max(left, 0), min(left + window[1], width)):
                        values = x[n, row, column]
                        for c in range(channels):
                            best[c] = values[c] if values[c] > best[c] else best[c]


def max_pool_and_argmax_into_reference(y, argmax, x, window, strides, pads):
    """As `max_pool_into`, and sets argmax to the maximum's position, at first the window's first one in the image."""
    positions = np.arange(np.prod(x.shape[1:], dtype=int), dtype=np.int32).reshape(1, *x.shape[1:])
    positions = pad(positions, pads, value=-1)
    x = pad(x, pads, value=lowest(x.dtype))
    argmax[...] = -1
    for offset in offsets(window):
        seen = offset_slice(offset, y.shape[1:-1], strides, (1,) * len(window))
        first = (argmax < 0) & (positions[seen] >= 0)
        greater = x[seen] > y
        np.copyto(argmax, positions[seen], where=first | greater)
        np.copyto(y, x[seen], where=greater)


@kernel(reference=max_pool_and_argmax_into_reference, when=_has_two_axes)
def max_pool_and_argmax_into(y, argmax, x, window, strides, pads):
    _, height, width, channels = x.shape
    for n in range(y.shape[0]):
        for i in range(y.shape[1]):
            top = i * strides[0] - pads[0][0]
            for j in range(y.shape[2]):
                left = j * strides[1] - pads[1][0]
                best = y[n, i, j]
                place = argmax[n, i, j]
                first = (max(top, 0) * width + max(left, 0)) * channels
                for c in range(channels):
                    place[c] = first + c
                for row in range(max(top, 0), min(top + window[0], height)):
                    for column in range(max(left, 0), min(left + window[1], width)):
                        values = x[n, row, column]
                        position = (row * width + column) * channels
                        for c in range(channels):
                            value = values[c]
                            greater = value > best[c]
                            place[c] = position + c if greater else place[c]
                            best[c] = value if greater else best[c]


def add_at_argmax_reference(dx, argmax, dy):
    """dx[n, argmax[n, k]] += dy[n, k].  All three (batch, positions); dx changes in place."""
    np.add.at(dx, (np.arange(dx.shape[0])[:, None], argmax), dy)


@kernel(reference=add_at_argmax_reference, when=lambda dx, *_: is_float(dx))
def add_at_argmax(dx, argmax, dy):
    for n in range(dy.shape[0]):
        for k in range(dy.shape[1]):
            dx[n, argmax[n, k]] += dy[n, k]


def average_pool_into_reference(y, x, window, strides, pads):
    """Adds each window's mean to y, which holds zeros."""
    shares = counts(x.shape[1:-1], y.shape[1:-1], window, strides, pads).astype(y.dtype)
    x = pad(x, pads)
    for offset in offsets(window):
        y += x[offset_slice(offset, y.shape[1:-1], strides, (1,) * len(window))]
    y[...] = y / shares


@kernel(reference=average_pool_into_reference, when=_has_two_axes)
def average_pool_into(y, x, window, strides, pads):
    _, height, width, channels = x.shape
    for n in range(y.shape[0]):
        for i in range(y.shape[1]):
            top = i * strides[0] - pads[0][0]
            rows = range(max(top, 0), min(top + window[0], height))
            for j in range(y.shape[2]):
                left = j * strides[1] - pads[1][0]
                columns = range(max(left, 0), min(left + window[1], width))
                total = y[n, i, j]
                for row in rows:
                    for column in columns:
                        values = x[n, row, column]
                        for c in range(channels):
                            total[c] += values[c]
                count = len(rows) * len(columns)
                for c in range(channels):
                    total[c] /= count


def average_pool_gradient_into_reference(dx, dy, window, strides, pads):
    """Adds dy / count to every position of dx, which holds zeros, that its window sees."""
    shares = counts(dx.shape[1:-1], dy.shape[1:-1], window, strides, pads).astype(dy.dtype)
    padded = pad(dx, pads)
    for offset in offsets(window):
        padded[offset_slice(offset, dy.shape[1:-1], strides, (1,) * len(window))] += dy / shares
    dx[...] = unpad(padded, pads)


@kernel(reference=average_pool_gradient_into_reference, when=_has_two_axes)
def average_pool_gradient_into(dx, dy, window, strides, pads):
    _, height, width, channels = dx.shape
    share = np.empty(channels, dx.dtype)
    for n in range(dy.shape[0]):
        for i in range(dy.shape[1]):
            top = i * strides[0] - pads[0][0]
            rows = range(max(top, 0), min(top + window[0], height))
            for j in range(dy.shape[2]):
                left = j * strides[1] - pads[1][0]
                columns = range(max(left, 0), min(left + window[1], width))
                count = len(rows) * len(columns)
                for c in range(channels):
                    share[c] = dy[n, i, j, c] / count
                for row in rows:
                    for column in columns:
                        place = dx[n, row, column]
                        for c in range(channels):
                            place[c] += share[c]
