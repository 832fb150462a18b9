"""Images warped by a map of positions: affine and perspective transforms.

Each output pixel reads a position in the input, in general between pixels. "nearest" takes the nearest pixel,
"bilinear" the weighted mean of the four around it. `fill_mode` defines the values outside the image:

    constant   k k k | a b c d | k k k        nearest   a a a | a b c d | d d d
    reflect    c b a | a b c d | d c b        wrap      b c d | a b c d | a b c
"""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.shaping import ExpandDims
from minikeras.ops.spatial import on_image_batch

INTERPOLATIONS = ("nearest", "bilinear")
FILL_MODES = ("constant", "nearest", "wrap", "reflect")


class Places:
    """The sources of the pixels of a warp: for each of the neighbours (rows, columns, weights, whether inside).

    All are (batch, height, width); rows and columns outside are pixel 0.
    """

    def __init__(self, rows, columns, sizes, interpolation):
        self.neighbours = []
        if interpolation == "nearest":
            self._add(_round_half_away(rows), _round_half_away(columns), np.ones_like(rows), sizes)
            return
        top, left = np.floor(rows), np.floor(columns)
        for down in (0, 1):
            for right in (0, 1):
                weight = (rows - top if down else top + 1 - rows) * (columns - left if right else left + 1 - columns)
                self._add(top + down, left + right, weight, sizes)

    def _add(self, rows, columns, weights, sizes):
        inside = (rows >= 0) & (rows < sizes[0]) & (columns >= 0) & (columns < sizes[1])
        rows, columns = (np.where(inside, index, 0).astype(np.int64) for index in (rows, columns))
        self.neighbours.append((rows, columns, weights, inside))


def _round_half_away(x):
    return np.trunc(x + np.copysign(np.float32(0.5), x))


class Warp(Op):
    """y[n, i, j] = Σ weight · x[n, row, column] over the neighbours of each position;   dx: `Unwarp`.

    x: (batch, height, width, channels). transforms: the eight numbers of `affine_transform` for each image, or one row
    for all; no gradient flows to them. Outside the image x counts as `fill_value`.
    """

    keeps = ("inputs",)
    kept_inputs = (1,)

    def __init__(self, interpolation, fill_mode, fill_value):
        self.interpolation = interpolation
        self.fill_mode = fill_mode
        self.fill_value = fill_value

    def forward(self, x, transforms):
        batch = np.arange(len(x))[:, None, None]
        total = 0
        for rows, columns, weights, inside in self.places(transforms, x.shape).neighbours:
            values = np.where(inside[..., None], x[batch, rows, columns], self.fill_value)
            total = total + weights[..., None].astype(np.result_type(x.dtype, np.float32)) * values
        return total.astype(x.dtype)

    def backward(self, call, dy):
        return Unwarp(self.interpolation, self.fill_mode).of(dy, call.inputs[1]), None

    def output_shape(self, shape, transforms_shape):
        return shape

    def places(self, transforms, shape):
        """The `Places` from which the pixels of images of this shape come."""
        batch, height, width, _ = shape
        columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
        a, b, c, d, e, f, g, h = (transforms.astype(np.float32)[:, i, None, None] for i in range(8))
        depth = g * columns + h * rows + 1
        with np.errstate(divide="ignore", invalid="ignore"):
            from_columns = np.where(depth == 0, -1e9, (a * columns + b * rows + c) / depth)
            from_rows = np.where(depth == 0, -1e9, (d * columns + e * rows + f) / depth)
        from_columns = _into_image(from_columns, width, self.fill_mode)
        from_rows = _into_image(from_rows, height, self.fill_mode)
        places = [np.broadcast_to(place, (batch, height, width)) for place in (from_rows, from_columns)]
        return Places(*places, (height, width), self.interpolation)


class Unwarp(Op):
    """dx[n, row, column] += weight · dy[n, i, j]: the gradient of a `Warp`, and linear too."""

    keeps = ("inputs",)
    kept_inputs = (1,)

    def __init__(self, interpolation, fill_mode):
        self.warp = Warp(interpolation, fill_mode, 0.0)

    def forward(self, dy, transforms):
        dx = np.zeros_like(dy)
        batch = np.arange(len(dy))[:, None, None]
        for rows, columns, weights, inside in self.warp.places(transforms, dy.shape).neighbours:
            np.add.at(dx, (batch, rows, columns), (weights * inside)[..., None].astype(dy.dtype) * dy)
        return dx

    def backward(self, call, ddx):
        return self.warp.of(ddx, call.inputs[1]), None

    def output_shape(self, shape, transforms_shape):
        return shape


def _into_image(place, length, fill_mode):
    """Positions beyond the edge mapped inside, as in TensorFlow's transforms."""
    last = length - 1
    if fill_mode == "constant":
        return place
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


def _projective_warp(images, transforms, interpolation, fill_mode, fill_value, data_format):
    """Images (one or a batch) whose pixel (x, y) comes from (a·x + b·y + c, d·x + e·y + f) / (g·x + h·y + 1)."""
    warp = Warp(interpolation, fill_mode, fill_value)
    return on_image_batch(lambda x: warp(x, transforms), images, data_format)


def check_modes(interpolation, fill_mode):
    """Refuse unknown ways of interpolating and filling."""
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"`interpolation` must be one of {INTERPOLATIONS}. Received: {interpolation!r}")
    if fill_mode not in FILL_MODES:
        raise ValueError(f"`fill_mode` must be one of {FILL_MODES}. Received: fill_mode={fill_mode!r}")


@composed(inputs=2)
def affine_transform(images, transform, interpolation="bilinear", fill_mode="constant", fill_value=0, data_format=None):
    """Images rotated, scaled, shifted: pixel (x, y) comes from (a·x + b·y + c, d·x + e·y + f) / (g·x + h·y + 1).

    Args:
        images: (height, width, channels), or with a batch axis; channels first per `data_format`.
        transform: the numbers (a, b, c, d, e, f, g, h), or a row of them for each image. With g = h = 0 parallels stay
            parallel. No gradient flows to them.
        interpolation: "nearest" or "bilinear".
        fill_mode: "constant", "nearest", "wrap" or "reflect"; see the module docstring.
        fill_value: for "constant".

    Raises:
        ValueError: an argument is not among those, or `transform` has not eight elements.
    """
    check_modes(interpolation, fill_mode)
    images, transform = convert_to_tensor(images), convert_to_tensor(transform)
    if len(transform.shape) not in (1, 2) or transform.shape[-1] != 8:
        raise ValueError(
            f"`transform` must be 8 numbers, or a row of 8 for each image. Received: shape={tuple(transform.shape)}"
        )
    if isinstance(images, KerasTensor) or isinstance(transform, KerasTensor):
        return KerasTensor(images.shape, images.dtype)
    rows = transform if len(transform.shape) == 2 else ExpandDims(0)(transform)
    return _projective_warp(images, rows, interpolation, fill_mode, fill_value, data_format)


@composed(inputs=3)
def perspective_transform(images, start_points, end_points, interpolation="bilinear", fill_value=0, data_format=None):
    """Images in another perspective: the quadrilateral with corners `start_points` is mapped to `end_points`.

    Args:
        images: (height, width, channels), or with a batch axis; channels first per `data_format`.
        start_points, end_points: (4, 2), four corners as (x, y), or (batch, 4, 2). No gradient flows to them.
        interpolation: "nearest" or "bilinear".
        fill_value: the values outside the image.

    Raises:
        ValueError: an argument is not among those, or the points are not four pairs.
    """
    check_modes(interpolation, "constant")
    images, start, end = (convert_to_tensor(x) for x in (images, start_points, end_points))
    if start.shape != end.shape or len(start.shape) not in (2, 3) or start.shape[-2:] != (4, 2):
        raise ValueError(
            "`start_points` and `end_points` must be four corners each, (4, 2), or (batch, 4, 2). Received shapes: "
            f"{tuple(start.shape)} and {tuple(end.shape)}"
        )
    if any(isinstance(x, KerasTensor) for x in (images, start, end)):
        return KerasTensor(images.shape, images.dtype)
    return _projective_warp(images, homography(start, end), interpolation, "constant", fill_value, data_format)


class Homography(Op):
    """Rows of `homographies`; no gradient flows to the points."""

    keeps = ()

    def forward(self, start, end):
        return homographies(start.reshape(-1, 4, 2), end.reshape(-1, 4, 2))

    def backward(self, call, dy):
        return None, None

    def output_shape(self, start, end):
        return (*start[:-2], 8) if len(start) == 3 else (1, 8)


def homography(start, end):
    """The eight coefficients of the map that takes `end` points (batch, 4, 2) to `start` points, (batch, 8)."""
    return Homography()(start, end)


def homographies(start, end):
    """The eight coefficients of the projective map that takes each end point to its start point.

    With (x, y) an end point and (u, v) its start point, u · (g·x + h·y + 1) = a·x + b·y + c, and likewise v: two linear
    equations for each of four points.  start, end (batch, 4, 2), result (batch, 8).
    """
    start, end = start.astype(np.float32), end.astype(np.float32)
    x, y, u, v = end[..., 0], end[..., 1], start[..., 0], start[..., 1]
    zero, one = np.zeros_like(x), np.ones_like(x)
    for_u = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=-1)
    for_v = np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=-1)
    equations = np.concatenate([for_u, for_v], axis=1)
    return np.linalg.solve(equations, np.concatenate([u, v], axis=1)[..., None])[..., 0]
