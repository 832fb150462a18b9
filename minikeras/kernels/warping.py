"""Warps images by a projective map of positions: pixel (x, y) of the output comes from

    ((a·x + b·y + c) / (g·x + h·y + 1), (d·x + e·y + f) / (g·x + h·y + 1))

of the input, in general between pixels. "nearest" takes the nearest pixel, "bilinear" the weighted mean of the four
around the position. Values outside the image, by `fill_mode` ("crop" is "constant" without mixing k with a and d):

    constant   k k k | a b c d | k k k        nearest   a a a | a b c d | d d d
    reflect    c b a | a b c d | d c b        wrap      b c d | a b c d | a b c

x and y (batch, height, width, channels); transforms: rows (a, b, c, d, e, f, g, h), one for each image or one for all.
With `sources`, int64, y[n] comes from image sources[n], and its size may differ. The jobs are those of
`warping_jobs.py`, for float32 images.
"""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import fits_jobs
from minikeras.kernels.warping_jobs import warp_gradient_jobs, warp_jobs


def warp(x, transforms, interpolation, fill_mode, fill_value, sources=None, size=None):
    """y[n, i, j] = Σ weight · x[n, row, column] over the neighbours of each position; `size` is y's (height, width)."""
    if not fits_jobs(x):
        return warp_reference(x, transforms, interpolation, fill_mode, fill_value, sources, size)
    sources = np.arange(len(x)) if sources is None else sources
    y = aligned((len(sources), *(size or x.shape[1:3]), x.shape[3]), x.dtype)
    transforms = np.ascontiguousarray(transforms, np.float32)
    if y.size:
        run_prepared(warp_jobs, (x, transforms, sources, y), interpolation, fill_mode, float(fill_value))
    return y


def warp_gradient(dy, transforms, interpolation, fill_mode, sources=None, shape=None):
    """dx[n, row, column] += weight · dy[n, i, j]: the gradient of `warp`; `shape` is that of dx."""
    if not fits_jobs(dy):
        return warp_gradient_reference(dy, transforms, interpolation, fill_mode, sources, shape)
    sources = np.arange(len(dy)) if sources is None else sources
    dx = aligned(shape or dy.shape, dy.dtype)
    transforms = np.ascontiguousarray(transforms, np.float32)
    run_prepared(warp_gradient_jobs, (dy, transforms, sources, dx), interpolation, fill_mode)
    return dx


def warp_reference(x, transforms, interpolation, fill_mode, fill_value, sources=None, size=None):
    """See `warp`."""
    sources = np.arange(len(x)) if sources is None else sources
    batch = sources[:, None, None]
    total = np.zeros((len(sources), *(size or x.shape[1:3]), x.shape[3]), x.dtype)
    for rows, columns, weights, inside in neighbours(transforms, x.shape, total.shape, interpolation, fill_mode):
        values = np.where(inside[..., None], x[batch, rows, columns], fill_value)
        total = total + weights[..., None].astype(np.result_type(x.dtype, np.float32)) * values
    return total.astype(x.dtype)


def warp_gradient_reference(dy, transforms, interpolation, fill_mode, sources=None, shape=None):
    """See `warp_gradient`."""
    dx = np.zeros(shape or dy.shape, dy.dtype)
    batch = (np.arange(len(dy)) if sources is None else sources)[:, None, None]
    for rows, columns, weights, inside in neighbours(transforms, dx.shape, dy.shape, interpolation, fill_mode):
        np.add.at(dx, (batch, rows, columns), (weights * inside)[..., None].astype(dy.dtype) * dy)
    return dx


def neighbours(transforms, shape, output_shape, interpolation, fill_mode):
    """The input pixels whose weighted sums a warp returns: [(rows, columns, weights, whether inside the image)].

    All are (batch, height, width) of the output; rows and columns outside are pixel 0.
    """
    _, height, width, _ = shape
    rows, columns = positions(transforms, shape, output_shape, fill_mode)
    found = []

    def add(rows, columns, weights):
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        found.append((*(np.where(inside, index, 0).astype(np.int64) for index in (rows, columns)), weights, inside))

    if interpolation == "nearest":
        add(_round_half_away(rows), _round_half_away(columns), np.ones_like(rows))
        return found
    top, left = np.floor(rows), np.floor(columns)
    for down in (0, 1):
        for right in (0, 1):
            weight = (rows - top if down else top + 1 - rows) * (columns - left if right else left + 1 - columns)
            add(top + down, left + right, weight)
    return found


def positions(transforms, shape, output_shape, fill_mode):
    """The rows and columns from which pixels come, each (batch, height, width), mapped inside by the fill mode."""
    batch, height, width, _ = output_shape
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    a, b, c, d, e, f, g, h = (transforms.astype(np.float32)[:, i, None, None] for i in range(8))
    depth = g * columns + h * rows + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        from_columns = np.where(depth == 0, -1e9, (a * columns + b * rows + c) / depth)
        from_rows = np.where(depth == 0, -1e9, (d * columns + e * rows + f) / depth)
    from_columns = _into_image(from_columns, shape[2], fill_mode)
    from_rows = _into_image(from_rows, shape[1], fill_mode)
    return [np.broadcast_to(place, (batch, height, width)) for place in (from_rows, from_columns)]


def _round_half_away(x):
    return np.trunc(x + np.copysign(np.float32(0.5), x))


def _into_image(place, length, fill_mode):
    """Positions beyond the edge mapped inside, as in TensorFlow's transforms."""
    last = length - 1
    if fill_mode == "constant":
        return place
    if fill_mode == "crop":
        return np.where((place < 0) | (place > last), np.float32(-2), place)
    if fill_mode == "reflect":
        period = 2 * length
        below = np.where(place < -period, place + period * np.trunc(-place / period), place)
        below = np.where(below < -length, below + period, -below - 1)
        above = place - period * np.trunc(place / period)
        above = np.where(above >= length, period - above - 1, above)
        place = np.where(place < 0, below if length > 1 else 0, np.where(place > last, above, place))
    elif fill_mode == "wrap":
        period = max(last, 1)
        below = place + length * (np.trunc(-place / period) + 1)
        above = place - length * np.trunc(place / period)
        place = np.where(place < 0, below if length > 1 else 0, np.where(place > last, above, place))
    return np.clip(place, 0, last)
