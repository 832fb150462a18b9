"""Values between the elements of an array: `map_coordinates`, and `elastic_transform`, which is made with it."""

import functools
import itertools
import operator

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.shapes import Stack
from minikeras.base.errors import InvalidArgumentError
from minikeras.config import standardize_data_format
from minikeras.kernels.random import stateless_normal
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.image_filters import gaussian_blur
from minikeras.ops.rounding import floor
from minikeras.ops.rounding import round as round_to_integer
from minikeras.ops.scattering import Gather
from minikeras.ops.spatial import check_images, on_image_batch
from minikeras.ops.warping import check_modes, fill_number

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


@composed(inputs=2)
def map_coordinates(inputs, coordinates, order, fill_mode="constant", fill_value=0):
    """The values of an array at any positions, also between its elements. Gradients flow to both.

    Args:
        inputs: an array of n axes.
        coordinates: (n, …): for each position its coordinate along every axis.
        order: 0 takes the nearest element, 1 interpolates linearly between neighbours.
        fill_mode: the values outside: "constant", "nearest" (the edge), "wrap" (the other end), "mirror" (back again,
            2 1 | 0 1 2 | 1 0) or "reflect" (the same, but with the last element twice, 2 1 | 0 1 2 | 2 1).
        fill_value: for "constant".

    Returns:
        (…), of the inputs' dtype; integers are rounded.

    Raises:
        ValueError: the coordinates do not fit the array, or an unknown `fill_mode`.
        InvalidArgumentError: an array as `fill_value` does not fit the result's shape.
        NotImplementedError: another `order`, as in Keras.
    """
    inputs, coordinates = convert_to_tensor(inputs), convert_to_tensor(coordinates)
    if len(coordinates.shape) < 2 or coordinates.shape[0] != len(inputs.shape):
        raise ValueError(
            "The first dimension of `coordinates` must be the rank of `inputs`, with at least one axis more. Received: "
            f"inputs.shape={tuple(inputs.shape)}, coordinates.shape={tuple(coordinates.shape)}"
        )
    if fill_mode not in FILL_MODES:
        raise ValueError(
            f"Invalid value for argument `fill_mode`. Expected one of {FILL_MODES}. Received: fill_mode={fill_mode!r}"
        )
    if order not in (0, 1):
        raise NotImplementedError(f"`map_coordinates` requires order<=1. Received: order={order}")
    fill_value = _fill_values(fill_value, coordinates.shape[1:], fill_mode)
    if isinstance(inputs, KerasTensor) or isinstance(coordinates, KerasTensor):
        return KerasTensor(coordinates.shape[1:], inputs.dtype)
    axes = []
    for axis, length in enumerate(inputs.shape):
        neighbours = (_nearest if order == 0 else _two_nearest)(GetItem(axis)(coordinates))
        axes.append([(*_into_array(index, length, fill_mode), weight) for index, weight in neighbours])
    total = 0.0
    dtype = coordinates.dtype if is_float(coordinates.dtype) else "float32"
    for corner in itertools.product(*axes):
        indices, inside, weights = zip(*corner, strict=True)
        values = cast(Gather()(inputs, np.stack(indices, axis=-1)), dtype)
        if fill_mode == "constant":
            values = Where()(np.logical_and.reduce(inside), values, fill_value)
        total = total + functools.reduce(operator.mul, weights) * values
    return cast(total if is_float(inputs.dtype) else round_to_integer(total), inputs.dtype)


def _fill_values(fill_value, shape, fill_mode):
    """A number, or an array of them that broadcasts to the result's shape.

    Raises:
        InvalidArgumentError: it does not.
    """
    if np.ndim(fill_value) == 0:
        return fill_number(fill_value)
    values = np.asarray(fill_value, "float32")
    fits = values.ndim <= len(shape) and all(
        n in (1, length) for n, length in zip(values.shape[::-1], shape[::-1], strict=False)
    )
    if fill_mode == "constant" and not fits:
        raise InvalidArgumentError(
            None, None, f"`fill_value` must be a number, or fit the result's shape {shape}. Received: {fill_value!r}"
        )
    return values


def _nearest(place):
    """The element nearest to each position: [(index, weight)]."""
    return [(np.rint(place.array).astype(np.int64), 1.0)]


def _two_nearest(place):
    """The elements before and after each position: [(index, weight), (index, weight)]."""
    lower = floor(place)
    upper_weight = place - lower
    index = lower.array.astype(np.int64)
    return [(index, 1.0 - upper_weight), (index + 1, upper_weight)]


def _into_array(index, length, fill_mode):
    """(index inside the array, whether it was inside before)."""
    inside = (index >= 0) & (index < length)
    if fill_mode == "wrap":
        return index % length, inside
    if fill_mode == "mirror":
        period = max(2 * (length - 1), 1)
        return np.minimum(index % period, -index % period), inside
    if fill_mode == "reflect":  # Keras on TensorFlow does so at the high end only; at the low end it mirrors
        index = np.abs(index) % (2 * length)
        return np.where(index < length, index, 2 * length - index - 1), inside
    return np.clip(index, 0, length - 1), inside


@composed
def elastic_transform(
    images,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=None,
    data_format=None,
):
    """Elastically distorted images: every pixel comes from a slightly shifted position, neighbours from similar ones.

    The offsets are normal random numbers, smoothed by a Gaussian. (Simard, Steinkraus & Platt, 2003)

    Args:
        images: (height, width, channels), or with a batch axis; channels first per `data_format`.
        alpha: how far pixels move.
        sigma: how smooth the offsets are, and how large before the smoothing.
        interpolation: "nearest" or "bilinear".
        fill_mode: "constant", "nearest", "wrap" or "reflect".
        fill_value: for "constant".
        seed: an integer, a `SeedGenerator`, or None for the global one.
    """
    check_modes(interpolation, fill_mode)
    images = convert_to_tensor(images)
    check_images(images.shape)
    if isinstance(images, KerasTensor):
        return KerasTensor(images.shape, images.dtype)
    from minikeras.random.seed_generator import draw_seed_pair  # inside, since `random` is a higher layer

    seed = draw_seed_pair(seed)

    def distort(x):
        batch, height, width, _ = x.shape
        # both offsets come from one seed and so are equal, as in Keras: pixels move along the diagonal
        noise = stateless_normal(seed, (batch, height, width), x.dtype) * np.array(sigma, x.dtype)
        size = 6 * int(sigma) | 1
        offset = alpha * gaussian_blur(noise[..., None], (size, size), (sigma, sigma))[..., 0]
        rows = offset.array + np.arange(height, dtype=x.dtype)[:, None]
        columns = offset.array + np.arange(width, dtype=x.dtype)
        return Stack(0)([sample(x[n], rows[n], columns[n]) for n in range(batch)])

    def sample(image, rows, columns):
        """One image, read channel by channel at the positions (rows, columns)."""
        positions, order = np.stack([rows, columns]), ("nearest", "bilinear").index(interpolation)
        channels = [GetItem((..., c))(image) for c in range(image.shape[-1])]
        return Stack(-1)([map_coordinates(channel, positions, order, fill_mode, fill_value) for channel in channels])

    return on_image_batch(distort, images, standardize_data_format(data_format))
