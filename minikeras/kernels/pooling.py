"""Maximum and average over windows, forward and backward, over one, two or three spatial axes.

Shapes: x (batch, *spatial, channels); y (batch, *outputs, channels). `window` and `strides` have one integer per
spatial axis, `pads` one pair (before, after); padded positions are ignored: they are never the maximum and are not
counted in the mean, as in TensorFlow.

Two forms of each: the reference in NumPy, and for float32 with one or two spatial axes the jobs of `pooling_jobs.py`,
where one axis becomes two, the first of size 1. A reference loops over the offsets inside a window: for one offset, the
values that all windows see are one strided slice of x. Microseconds of reference and job, maxima and their positions,
window 2×2 on two AMD Zen 4 cores: 33 and 4 for (1, 4, 4, 8), 497 and 10 for (32, 8, 8, 24), 8509 and 45 for
(32, 26, 26, 32).
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
from minikeras.kernels.registry import compiles
from minikeras.kernels.windows import offset_slice, offsets, output_sizes, pad, unpad


def max_pool(x, window, strides, pads):
    """y[n, i, c] = max_a x[n, i·stride + a − before, c] over the offsets a inside the image.

    NaN is never chosen, and the maximum starts at the dtype's lowest finite value, so a window of −∞ or NaN gives that
    value: TensorFlow's behaviour on CPU.
    """
    y = _empty_outputs(x, window, strides, pads)
    if has_jobs(x):
        x, pooled = _with_two_axes(x, y)
        run_prepared(max_pool_jobs, (x, pooled, None), *_geometry_in_two_axes(window, strides, pads))
    else:
        max_pool_reference(x, y, window, strides, pads)
    return y


def max_pool_with_argmax(x, window, strides, pads):
    """(y, argmax): the maxima as in `max_pool`, and their positions.

    argmax (int32, shape of y) is the position in x[n] flattened, (row · width + column) · channels + channel. Among
    equal values it is the first in row-major order, which is the one that receives the gradient.
    """
    y = _empty_outputs(x, window, strides, pads)
    argmax = aligned(y.shape, np.int32)
    if has_jobs(x):
        run_prepared(max_pool_jobs, _with_two_axes(x, y, argmax), *_geometry_in_two_axes(window, strides, pads))
    else:
        max_pool_with_argmax_reference(x, y, argmax, window, strides, pads)
    return y, argmax


def max_pool_gradient(dy, argmax, sizes, window, strides, pads):
    """dx[n, argmax[n, i, c]] += dy[n, i, c]: each output's gradient goes to its maximum.  dx (batch, *sizes, channels).

    Linear in dy; its own gradient is `take_at_argmax`.
    """
    dx = aligned((len(dy), *sizes, dy.shape[-1]), dy.dtype)
    if has_jobs(dy, dx):
        arrays = _with_two_axes(dy, argmax, dx)
        run_prepared(max_pool_gradient_jobs, arrays, *_geometry_in_two_axes(window, strides, pads))
    else:
        max_pool_gradient_reference(dy, argmax, dx)
    return dx


def take_at_argmax(x, argmax):
    """y[n, i, c] = x[n, argmax[n, i, c]]: the values of another array at the positions that `max_pool` chose."""
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
    y = _empty_outputs(x, window, strides, pads)
    if has_jobs(x):
        run_prepared(average_pool_jobs, _with_two_axes(x, y), *_geometry_in_two_axes(window, strides, pads))
    else:
        average_pool_reference(x, y, window, strides, pads)
    return y


def mean_of_images(x):
    """(batch, channels): the mean of each channel over a whole image, with any number of axes."""
    batch, *sizes, channels = x.shape
    window = math.prod(sizes[:-1]), sizes[-1]
    image = x.reshape(batch, *window, channels)
    return average_pool(image, window, (1, 1), ((0, 0), (0, 0))).reshape(batch, channels)


def average_pool_gradient(dy, sizes, window, strides, pads):
    """dx[n, i·stride + a − before, c] += dy[n, i, c] / (number of offsets of window i inside the image).

    Linear in dy; its own gradient is `average_pool`.  dx (batch, *sizes, channels).
    """
    dx = aligned((len(dy), *sizes, dy.shape[-1]), dy.dtype)
    if has_jobs(dy, dx):
        run_prepared(average_pool_gradient_jobs, _with_two_axes(dy, dx), *_geometry_in_two_axes(window, strides, pads))
    else:
        average_pool_gradient_reference(dy, dx, window, strides, pads)
    return dx


def lowest(dtype):
    """The lowest finite value of a dtype."""
    return np.finfo(dtype).min if np.dtype(dtype).kind == "f" else np.iinfo(dtype).min


def counts(sizes, outputs, window, strides, pads):
    """How many positions of each window lie inside the image: (*outputs, 1)."""
    ones = pad(np.ones((1, *sizes, 1), np.int64), pads)
    total = np.zeros((1, *outputs, 1), np.int64)
    for offset in offsets(window):
        total += ones[offset_slice(offset, outputs, strides, (1,) * len(window))]
    return total[0]


def has_jobs(*arrays):
    """Whether the jobs support arrays of this dtype and rank: float32 with one or two spatial axes, not empty."""
    first = arrays[0]
    return (
        first.dtype.char == "f"
        and first.dtype.isnative
        and 3 <= first.ndim <= 4
        and all(array.size > 0 for array in arrays)
        and compiles(*arrays)
    )


def _empty_outputs(x, window, strides, pads):
    outputs = output_sizes(x.shape[1:-1], window, strides, pads, (1,) * len(window))
    return aligned((x.shape[0], *outputs, x.shape[-1]), x.dtype)


def _flat_images(x):
    return x.reshape(x.shape[0], -1) if x.size else x.reshape(x.shape[0], 0)


def _with_two_axes(*arrays):
    """Contiguous arrays; those with one spatial axis get another of size 1 in front of it."""
    arrays = [np.ascontiguousarray(array) for array in arrays]
    return tuple([array[:, None] if array.ndim == 3 else array for array in arrays])


def _geometry_in_two_axes(window, strides, pads):
    if len(window) == 1:
        return (1, *window), (1, *strides), ((0, 0), *pads)
    return tuple(window), tuple(strides), tuple(map(tuple, pads))


# --- the references ---------------------------------------------------------------------------------------------------


def max_pool_reference(x, y, window, strides, pads):
    """Sets y to the maximum of each window, or to the lowest value if nothing is greater (NaN is not greater)."""
    x = pad(x, pads, value=lowest(x.dtype))
    y[...] = lowest(y.dtype)
    for offset in offsets(window):
        np.fmax(y, x[offset_slice(offset, y.shape[1:-1], strides, (1,) * len(window))], out=y)


def max_pool_with_argmax_reference(x, y, argmax, window, strides, pads):
    """As `max_pool_reference`; argmax is the maximum's position, or the window's first one in the image."""
    positions = np.arange(np.prod(x.shape[1:], dtype=int), dtype=np.int32).reshape(1, *x.shape[1:])
    positions = pad(positions, pads, value=-1)
    x = pad(x, pads, value=lowest(x.dtype))
    y[...], argmax[...] = lowest(y.dtype), -1
    for offset in offsets(window):
        seen = offset_slice(offset, y.shape[1:-1], strides, (1,) * len(window))
        first = (argmax < 0) & (positions[seen] >= 0)
        greater = x[seen] > y
        np.copyto(argmax, positions[seen], where=first | greater)
        np.copyto(y, x[seen], where=greater)


def max_pool_gradient_reference(dy, argmax, dx):
    """Sets dx: dx[n, argmax[n, k]] += dy[n, k] over the flattened positions of each image."""
    dx[...] = 0
    np.add.at(_flat_images(dx), (np.arange(len(dx))[:, None], _flat_images(argmax)), _flat_images(dy))


def average_pool_reference(x, y, window, strides, pads):
    """Sets y to each window's mean."""
    shares = counts(x.shape[1:-1], y.shape[1:-1], window, strides, pads).astype(y.dtype)
    x = pad(x, pads)
    y[...] = 0
    for offset in offsets(window):
        y += x[offset_slice(offset, y.shape[1:-1], strides, (1,) * len(window))]
    y[...] = y / shares


def average_pool_gradient_reference(dy, dx, window, strides, pads):
    """Sets dx: every position that a window sees receives dy / count."""
    shares = counts(dx.shape[1:-1], dy.shape[1:-1], window, strides, pads).astype(dy.dtype)
    padded = pad(np.zeros_like(dx), pads)
    for offset in offsets(window):
        padded[offset_slice(offset, dy.shape[1:-1], strides, (1,) * len(window))] += dy / shares
    dx[...] = unpad(padded, pads)
