"""`tf.image.random_flip_left_right`, `random_brightness`, …: images changed by random amounts.

The `random_…` functions draw as `tf.random.uniform` does, the `stateless_random_…` ones from a pair of seeds only.
(Implementation: `minikeras/compat/tensorflow/image/drawn_images.py`.)
"""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow.image.adjustment import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
)
from minikeras.compat.tensorflow.image.drawn_images import (
    around_zero,
    checked_range,
    flipped_or_not,
    jpeg_quality,
    of_single_images,
    random_part,
    stateful,
    stateless,
)
from minikeras.compat.tensorflow.image.files import adjust_jpeg_quality
from minikeras.compat.tensorflow.image.orientation import flip_left_right, flip_up_down
from minikeras.compat.tensorflow.symbolic import symbolic
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


def _same_spec(image, *args, **kwargs):
    return KerasTensor(image.shape, image.dtype)


def _with_shape(value, size, *args, **kwargs):
    return KerasTensor(tuple(int(n) for n in size), value.dtype)


def _flip_left_right(draw, image):
    return flipped_or_not(convert_to_tensor(image), flip_left_right(image), draw)


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_flip_left_right))
def random_flip_left_right(image, seed=None):
    """Mirrored or not, with equal probability; in a batch, each image independently."""
    return _flip_left_right(stateful(seed), image)


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_flip_left_right, stateless))
def stateless_random_flip_left_right(image, seed):
    """`random_flip_left_right` by a pair of seeds."""
    return _flip_left_right(stateless(seed), image)


def _flip_up_down(draw, image):
    return flipped_or_not(convert_to_tensor(image), flip_up_down(image), draw)


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_flip_up_down))
def random_flip_up_down(image, seed=None):
    """Upside down or not, with equal probability; in a batch, each image independently."""
    return _flip_up_down(stateful(seed), image)


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_flip_up_down, stateless))
def stateless_random_flip_up_down(image, seed):
    """`random_flip_up_down` by a pair of seeds."""
    return _flip_up_down(stateless(seed), image)


def _brightness(draw, image, max_delta):
    return adjust_brightness(image, draw.amount(*around_zero(max_delta)))


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_brightness))
def random_brightness(image, max_delta, seed=None):
    """`adjust_brightness` by an amount from [−max_delta, max_delta)."""
    return _brightness(stateful(seed), image, max_delta)


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_brightness, stateless))
def stateless_random_brightness(image, max_delta, seed):
    """`random_brightness` by a pair of seeds."""
    return _brightness(stateless(seed), image, max_delta)


def _contrast(draw, image, lower, upper):
    return adjust_contrast(image, draw.amount(*checked_range(lower, upper)))


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_contrast))
def random_contrast(image, lower, upper, seed=None):
    """`adjust_contrast` by a factor from [lower, upper)."""
    return _contrast(stateful(seed), image, lower, upper)


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_contrast, stateless))
def stateless_random_contrast(image, lower, upper, seed):
    """`random_contrast` by a pair of seeds."""
    return _contrast(stateless(seed), image, lower, upper)


def _saturation(draw, image, lower, upper):
    return adjust_saturation(image, draw.amount(*checked_range(lower, upper)))


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_saturation))
def random_saturation(image, lower, upper, seed=None):
    """`adjust_saturation` by a factor from [lower, upper)."""
    return _saturation(stateful(seed), image, lower, upper)


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_saturation, stateless))
def stateless_random_saturation(image, lower, upper, seed=None):
    """`random_saturation` by a pair of seeds."""
    return _saturation(stateless(seed), image, lower, upper)


def _hue(draw, image, max_delta):
    return adjust_hue(image, draw.amount(*around_zero(max_delta, 0.5)))


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_hue))
def random_hue(image, max_delta, seed=None):
    """`adjust_hue` by an amount from [−max_delta, max_delta), at most half a turn."""
    return _hue(stateful(seed), image, max_delta)


@symbolic(output_spec=_same_spec, on_rows=of_single_images(_hue, stateless))
def stateless_random_hue(image, max_delta, seed):
    """`random_hue` by a pair of seeds."""
    return _hue(stateless(seed), image, max_delta)


@symbolic(output_spec=_same_spec)
def random_jpeg_quality(image, min_jpeg_quality, max_jpeg_quality, seed=None):
    """`adjust_jpeg_quality` by an integer from min to max − 1."""
    return adjust_jpeg_quality(image, jpeg_quality(stateful(seed), min_jpeg_quality, max_jpeg_quality))


@symbolic(output_spec=_same_spec)
def stateless_random_jpeg_quality(image, min_jpeg_quality, max_jpeg_quality, seed):
    """`random_jpeg_quality` by a pair of seeds."""
    return adjust_jpeg_quality(image, jpeg_quality(stateless(seed), min_jpeg_quality, max_jpeg_quality))


@symbolic(output_spec=_with_shape, on_rows=of_single_images(random_part))
def random_crop(value, size, seed=None, name=None):
    """A part of a tensor, of this size along every axis, from a random position.

    Raises:
        InvalidArgumentError: the part is larger than the tensor.
    """
    return random_part(stateful(seed), convert_to_tensor(value), size)


@symbolic(output_spec=_with_shape, on_rows=of_single_images(random_part, stateless))
def stateless_random_crop(value, size, seed, name=None):
    """`random_crop` by a pair of seeds."""
    return random_part(stateless(seed), convert_to_tensor(value), size)
