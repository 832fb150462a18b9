"""`tf.image.extract_glimpse`: a window of each image at a place of its own."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.errors import InvalidArgumentError
from minikeras.random.global_seed import get_random_seed

__all__ = ["extract_glimpse"]

_NOISES = ("uniform", "gaussian", "zero")


def extract_glimpse(input, size, offsets, centered=True, normalized=True, noise="uniform", name=None):
    """A window (height, width) of each image; what lies outside of the image is noise.

    Args:
        input: images (batch, height, width, channels), float32.
        size: height and width of the windows.
        offsets: (batch, 2), down and to the right: with `centered` and `normalized`, of the window's middle, from −1 to
            1 between the image's borders; with `normalized` alone, of its corner in heights and widths of the image;
            with `centered` alone, of its corner from the image's middle, in pixels; else of its corner in pixels.
        noise: "uniform", "gaussian" (like the numbers of the images) or "zero". Unlike TensorFlow's, it is the same for
            the same global seed.

    Raises:
        InvalidArgumentError: the shapes or the noise are others.
    """
    images, size = tensor(input, "float32").array, integers(size)
    places = tensor(offsets, "float32").array.astype(np.float64)
    if images.ndim != 4 or len(size) != 2 or places.shape != (len(images), 2) or noise not in _NOISES:
        raise InvalidArgumentError(
            None, None,
            "A glimpse needs images (batch, height, width, channels), a size of two numbers, offsets (batch, 2) and a "
            f"noise of {_NOISES}. Received: input.shape={images.shape}, size={size}, offsets.shape={places.shape}, "
            f"noise={noise!r}",
        )  # fmt: skip
    lengths = np.array(images.shape[1:3])
    if centered and normalized:
        places = (places + 1) * lengths / 2 - np.array(size) / 2
    else:
        places = places * lengths if normalized else places + (lengths / 2 if centered else 0)
    glimpses = _noise(noise, images, size)
    for image, glimpse, (row, column) in zip(images, glimpses, places.astype(int).tolist(), strict=True):
        rows, columns = _common(row, size[0], lengths[0]), _common(column, size[1], lengths[1])
        glimpse[rows[0], columns[0]] = image[rows[1], columns[1]]
    return Tensor(glimpses)


def _common(start, length, whole):
    """Where window and image meet along an axis: as slices of the window and of the image."""
    first, last = max(start, 0), min(start + length, int(whole))
    last = max(first, last)
    return slice(first - start, last - start), slice(first, last)


def _noise(kind, images, size):
    """Between the least and the greatest number of the images, or with their mean and standard deviation."""
    shape = (len(images), *size, images.shape[3])
    if kind == "zero" or not images.size:
        return np.zeros(shape, np.float32)
    rng = np.random.default_rng(get_random_seed())
    if kind == "uniform":
        return rng.uniform(images.min(), images.max(), shape).astype(np.float32)
    return rng.normal(images.mean(), images.std(), shape).astype(np.float32)
