"""Images warped by a map of positions: affine and perspective transforms.

Each output pixel reads a position in the input, in general between pixels; `kernels/warping.py` defines the
interpolations and fill modes.
"""

from copy import copy

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.lowering import OpLowering
from minikeras.autodiff.operation import Op
from minikeras.base.errors import InvalidArgumentError
from minikeras.kernels import warping
from minikeras.kernels.warping_jobs import warp_gradient_jobs, warp_jobs
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.shaping import ExpandDims
from minikeras.ops.spatial import on_image_batch

INTERPOLATIONS = ("nearest", "bilinear")
FILL_MODES = ("constant", "nearest", "wrap", "reflect")


class OfImages(OpLowering):
    """Warps of float32 images, forward and backward, as jobs."""

    def forward(self, op, inputs, outputs):
        if not all(array.dtype == np.float32 and 0 not in array.shape for array in (*inputs, *outputs)):
            return None
        settings = op.interpolation, op.fill_mode, float(op.fill_value)
        return lambda inputs, outputs: warp_jobs(*inputs, np.arange(len(inputs[0])), *outputs, *settings)

    def backward(self, op, inputs, outputs, dys, dxs):
        transforms = inputs[1]
        if not all(array.dtype == np.float32 and 0 not in array.shape for array in (transforms, dys[0], dxs[0])):
            return None

        def jobs(inputs, outputs, dys, dxs):
            return warp_gradient_jobs(dys[0], inputs[1], np.arange(len(dys[0])), dxs[0], op.interpolation, op.fill_mode)

        return jobs


class Warp(Op):
    """y[n, i, j] = Σ weight · x[n, row, column] over the neighbours of each position;   dx: `WarpGradient`.

    x: (batch, height, width, channels). transforms: the eight numbers of `affine_transform` for each image, or one row
    for all; no gradient flows to them. Outside the image x counts as `fill_value`.
    """

    keeps = ("inputs",)
    kept_inputs = (1,)
    lowering = OfImages()

    def __init__(self, interpolation, fill_mode, fill_value):
        self.interpolation = interpolation
        self.fill_mode = fill_mode
        self.fill_value = fill_value

    def forward(self, x, transforms):
        return warping.warp(x, transforms, self.interpolation, self.fill_mode, self.fill_value)

    def backward(self, call, dy):
        return WarpGradient(self.interpolation, self.fill_mode).of(dy, call.inputs[1]), None

    def output_shape(self, shape, transforms_shape):
        return shape


class WarpGradient(Op):
    """dx[n, row, column] += weight · dy[n, i, j]: the gradient of a `Warp`, and linear too."""

    keeps = ("inputs",)
    kept_inputs = (1,)

    def __init__(self, interpolation, fill_mode):
        self.warp = Warp(interpolation, fill_mode, 0.0)

    def forward(self, dy, transforms):
        return warping.warp_gradient(dy, transforms, self.warp.interpolation, self.warp.fill_mode)

    def backward(self, call, ddx):
        return self.warp.of(ddx, call.inputs[1]), None

    def output_shape(self, shape, transforms_shape):
        return shape


class WarpParts(Op):
    """y[n] = the image sources[n] of x, warped by transforms[n] to another size;   dx: `WarpGradientParts`.

    x: (batch, height, width, channels).

    Args:
        transforms: (n, 8), as for `affine_transform`.
        sources: int64 (n,).
        size: (height, width) of y.
        interpolation: "nearest" or "bilinear".
        fill_value: of positions beyond the pixels at the edge.
    """

    keeps = ()

    def __init__(self, transforms, sources, size, interpolation, fill_value):
        self.transforms = transforms
        self.sources = sources
        self.size = size
        self.interpolation = interpolation
        self.fill_value = fill_value

    def forward(self, x):
        how = self.interpolation, "crop", self.fill_value
        return warping.warp(x, self.transforms, *how, self.sources, self.size)

    def backward(self, call, dy):
        return (WarpGradientParts(self, call.input_shapes[0]).of(dy),)

    def output_shape(self, shape):
        return (len(self.sources), *self.size, shape[3])


class WarpGradientParts(Op):
    """dx[sources[n], row, column] += weight · dy[n, i, j]: the gradient of `WarpParts`, and linear too."""

    keeps = ()

    def __init__(self, warp, shape):
        self.warp = copy(warp)
        self.warp.fill_value = 0.0
        self.shape = tuple(shape)

    def forward(self, dy):
        warp = self.warp
        return warping.warp_gradient(dy, warp.transforms, warp.interpolation, "crop", warp.sources, self.shape)

    def backward(self, call, ddx):
        return (self.warp.of(ddx),)

    def output_shape(self, shape):
        return self.shape


def _projective_warp(images, transforms, interpolation, fill_mode, fill_value, data_format):
    """Images (one or a batch) whose pixel (x, y) comes from (a·x + b·y + c, d·x + e·y + f) / (g·x + h·y + 1)."""
    warp = Warp(interpolation, fill_mode, fill_number(fill_value))
    return on_image_batch(lambda x: warp(x, transforms), images, data_format)


def check_modes(interpolation, fill_mode):
    """Refuse unknown ways of interpolating and filling."""
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"Invalid value for argument `interpolation`. Expected one of {INTERPOLATIONS}. Received: {interpolation!r}"
        )
    if fill_mode not in FILL_MODES:
        raise ValueError(
            f"Invalid value for argument `fill_mode`. Expected one of {FILL_MODES}. Received: fill_mode={fill_mode!r}"
        )


def fill_number(fill_value):
    """`fill_value` as a float.

    Raises:
        TypeError: it is text, or something else that is not a number; ValueError if it is None.
        InvalidArgumentError: it is several numbers, or a list or array of one.
    """
    if isinstance(fill_value, (str, bytes, dict, complex)) or fill_value is None:
        error = ValueError if fill_value is None else TypeError
        raise error(f"`fill_value` must be a number. Received: fill_value={fill_value!r}")
    if np.ndim(fill_value):
        raise InvalidArgumentError(
            None, None, f"`fill_value` must be a number, not a list or array. Received: fill_value={fill_value!r}"
        )
    return float(fill_value)


@composed(inputs=2)
def affine_transform(images, transform, interpolation="bilinear", fill_mode="constant", fill_value=0, data_format=None):
    """Images rotated, scaled, shifted: pixel (x, y) comes from (a·x + b·y + c, d·x + e·y + f) / (g·x + h·y + 1).

    Args:
        images: (height, width, channels), or with a batch axis; channels first per `data_format`.
        transform: the numbers (a, b, c, d, e, f, g, h), or a row of them for each image. With g = h = 0 parallels stay
            parallel. No gradient flows to them.
        interpolation: "nearest" or "bilinear".
        fill_mode: "constant", "nearest", "wrap" or "reflect"; see `kernels/warping.py`.
        fill_value: for "constant".

    Raises:
        ValueError: an argument is not among those, or `transform` has not eight elements.
    """
    check_modes(interpolation, fill_mode)
    images, transform = convert_to_tensor(images), convert_to_tensor(transform)
    if len(transform.shape) not in (1, 2) or transform.shape[-1] != 8:
        raise ValueError(
            f"Invalid transform: it must be 8 numbers, or a row of 8 for each image. Received: {tuple(transform.shape)}"
        )
    if isinstance(images, KerasTensor) or isinstance(transform, KerasTensor):
        return KerasTensor(images.shape, images.dtype)
    rows = transform if len(transform.shape) == 2 else ExpandDims(0)(transform)
    return cast(_projective_warp(images, rows, interpolation, fill_mode, fill_value, data_format), images.dtype)


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
            f"Invalid {'start' if start.shape[-2:] != (4, 2) else 'end'}_points shape: expected four corners, (4, 2) "
            f"or (batch, 4, 2). Received: start_points={tuple(start.shape)} and end_points={tuple(end.shape)}"
        )
    if any(isinstance(x, KerasTensor) for x in (images, start, end)):
        return KerasTensor(images.shape, images.dtype)
    warped = _projective_warp(images, homography(start, end), interpolation, "constant", fill_value, data_format)
    return cast(warped, images.dtype)


class Homography(Op):
    """Rows of `homographies`; no gradient flows to the points."""

    differentiable = False

    def forward(self, start, end):
        return homographies(start.reshape(-1, 4, 2), end.reshape(-1, 4, 2))

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
