"""`tf.image.random_flip_left_right`, `random_brightness`, …: images changed by random amounts.

The amounts are TensorFlow's for the same seeds: the `random_…` functions draw as `tf.random.uniform` does (global and
own seed, see `random/operation_seeds.py`), the `stateless_random_…` ones from a pair of seeds alone.
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.compat.tensorflow.image.adjustment import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
)
from minikeras.compat.tensorflow.image.files import adjust_jpeg_quality
from minikeras.compat.tensorflow.image.orientation import flip_left_right, flip_up_down
from minikeras.compat.tensorflow.random.operations import uniform
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.errors import InvalidArgumentError
from minikeras.kernels.random.uniform import stateless_uniform
from minikeras.ops.core import convert_to_tensor

__all__ = [
    "random_brightness",
    "random_contrast",
    "random_crop",
    "random_flip_left_right",
    "random_flip_up_down",
    "random_hue",
    "random_jpeg_quality",
    "random_saturation",
    "stateless_random_brightness",
    "stateless_random_contrast",
    "stateless_random_crop",
    "stateless_random_flip_left_right",
    "stateless_random_flip_up_down",
    "stateless_random_hue",
    "stateless_random_jpeg_quality",
    "stateless_random_saturation",
]

LARGEST_INT32 = 2**31 - 1


def _same_spec(image, *args, **kwargs):
    return KerasTensor(image.shape, image.dtype)


def _with_shape(value, size, *args, **kwargs):
    return KerasTensor(tuple(int(n) for n in size), value.dtype)


def stateful(seed):
    """The function `(shape, minval, maxval, dtype) -> numbers` that draws with an operation's own seed."""

    def draw(shape, minval, maxval, dtype="float32"):
        return uniform(shape, minval, maxval, dtype, seed).array

    return draw


def stateless(seed):
    """The function `(shape, minval, maxval, dtype) -> numbers` that draws from a pair of seeds."""
    pair = tuple(int(n) for n in as_array(seed).reshape(-1))
    if len(pair) != 2:
        raise ValueError(f"`seed` must be a pair of integers. Received: seed={seed}")

    def draw(shape, minval, maxval, dtype="float32"):
        return stateless_uniform(pair, tuple(shape), dtype, minval, maxval)

    return draw


@symbolic(output_spec=_same_spec)
def random_flip_left_right(image, seed=None):
    """Mirrored or not, with equal probability; in a batch, each image by itself."""
    return _flip(image, flip_left_right, stateful(seed))


@symbolic(output_spec=_same_spec)
def random_flip_up_down(image, seed=None):
    """Upside down or not, with equal probability; in a batch, each image by itself."""
    return _flip(image, flip_up_down, stateful(seed))


@symbolic(output_spec=_same_spec)
def stateless_random_flip_left_right(image, seed):
    """`random_flip_left_right` by a pair of seeds."""
    return _flip(image, flip_left_right, stateless(seed))


@symbolic(output_spec=_same_spec)
def stateless_random_flip_up_down(image, seed):
    """`random_flip_up_down` by a pair of seeds."""
    return _flip(image, flip_up_down, stateless(seed))


def _flip(image, flip, draw):
    image = convert_to_tensor(image)
    flipped = flip(image)
    if len(image.shape) == 3:
        return flipped if draw((), 0, 1) < 0.5 else image
    # High numbers flip images of a batch, low ones a single image.
    chosen = np.round(draw((image.shape[0],), 0, 1)) == 1
    return ops.where(chosen.reshape(-1, 1, 1, 1), flipped, image)


@symbolic(output_spec=_same_spec)
def random_brightness(image, max_delta, seed=None):
    """`adjust_brightness` by an amount from [−max_delta, max_delta)."""
    return adjust_brightness(image, _amount(stateful(seed), *_around_zero(max_delta)))


@symbolic(output_spec=_same_spec)
def stateless_random_brightness(image, max_delta, seed):
    """`random_brightness` by a pair of seeds."""
    return adjust_brightness(image, _amount(stateless(seed), *_around_zero(max_delta)))


@symbolic(output_spec=_same_spec)
def random_contrast(image, lower, upper, seed=None):
    """`adjust_contrast` by a factor from [lower, upper)."""
    return adjust_contrast(image, _amount(stateful(seed), *_checked(lower, upper)))


@symbolic(output_spec=_same_spec)
def stateless_random_contrast(image, lower, upper, seed):
    """`random_contrast` by a pair of seeds."""
    return adjust_contrast(image, _amount(stateless(seed), *_checked(lower, upper)))


@symbolic(output_spec=_same_spec)
def random_saturation(image, lower, upper, seed=None):
    """`adjust_saturation` by a factor from [lower, upper)."""
    return adjust_saturation(image, _amount(stateful(seed), *_checked(lower, upper)))


@symbolic(output_spec=_same_spec)
def stateless_random_saturation(image, lower, upper, seed=None):
    """`random_saturation` by a pair of seeds."""
    return adjust_saturation(image, _amount(stateless(seed), *_checked(lower, upper)))


@symbolic(output_spec=_same_spec)
def random_hue(image, max_delta, seed=None):
    """`adjust_hue` by an amount from [−max_delta, max_delta), at most half the way round."""
    return adjust_hue(image, _amount(stateful(seed), *_around_zero(max_delta, 0.5)))


@symbolic(output_spec=_same_spec)
def stateless_random_hue(image, max_delta, seed):
    """`random_hue` by a pair of seeds."""
    return adjust_hue(image, _amount(stateless(seed), *_around_zero(max_delta, 0.5)))


@symbolic(output_spec=_same_spec)
def random_jpeg_quality(image, min_jpeg_quality, max_jpeg_quality, seed=None):
    """`adjust_jpeg_quality` by a whole number from min to max − 1."""
    return adjust_jpeg_quality(image, _quality(stateful(seed), min_jpeg_quality, max_jpeg_quality))


@symbolic(output_spec=_same_spec)
def stateless_random_jpeg_quality(image, min_jpeg_quality, max_jpeg_quality, seed):
    """`random_jpeg_quality` by a pair of seeds."""
    return adjust_jpeg_quality(image, _quality(stateless(seed), min_jpeg_quality, max_jpeg_quality))


@symbolic(output_spec=_with_shape)
def random_crop(value, size, seed=None, name=None):
    """A part of a tensor, of this size along every axis, from a random place.

    Raises:
        InvalidArgumentError: the part is larger than the tensor.
    """
    return _crop(value, size, stateful(seed))


@symbolic(output_spec=_with_shape)
def stateless_random_crop(value, size, seed, name=None):
    """`random_crop` by a pair of seeds."""
    return _crop(value, size, stateless(seed))


def _crop(value, size, draw):
    value, size = convert_to_tensor(value), tuple(int(n) for n in as_array(size))
    room = np.array(value.shape) - size if len(size) == len(value.shape) else np.array([-1])
    if (room < 0).any():
        raise InvalidArgumentError(
            None, None, f"Need value.shape >= size. Received: value.shape={tuple(value.shape)}, size={size}"
        )
    starts = draw((len(size),), 0, LARGEST_INT32, "int32") % (room + 1)
    return value[tuple(slice(start, start + n) for start, n in zip(starts.tolist(), size, strict=True))]


def _amount(draw, low, high):
    return Tensor(np.asarray(draw((), low, high)))


def _around_zero(max_delta, limit=None):
    if max_delta < 0:
        raise ValueError(f"`max_delta` must be non-negative. Received: max_delta={max_delta}")
    if limit is not None and max_delta > limit:
        raise ValueError(f"`max_delta` must be <= {limit}. Received: max_delta={max_delta}")
    return -max_delta, max_delta


def _checked(lower, upper):
    if lower < 0 or upper <= lower:
        raise ValueError(f"`upper` must be > `lower`, and `lower` non-negative. Received: lower={lower}, upper={upper}")
    return lower, upper


def _quality(draw, low, high):
    if not 0 <= low < high <= 100:
        raise ValueError(
            "The JPEG quality range must lie between 0 and 100, and the maximum be above the minimum. Received: "
            f"min_jpeg_quality={low}, max_jpeg_quality={high}"
        )
    return int(draw((), low, high, "int32"))
