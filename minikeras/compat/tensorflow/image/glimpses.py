"""`tf.image.extract_glimpse`: a window of each image at a place of its own."""

from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.errors import InvalidArgumentError
from minikeras.ops.glimpses import windows_at
from minikeras.random.global_seed import get_random_seed

__all__ = ["extract_glimpse"]

_NOISES = ("uniform", "gaussian", "zero")


def extract_glimpse(input, size, offsets, centered=True, normalized=True, noise="uniform", name=None):
    """A window (height, width) of each image; what is outside of the image is noise.

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
    positions = tensor(offsets, "float32").array
    if images.ndim != 4 or len(size) != 2 or positions.shape != (len(images), 2) or noise not in _NOISES:
        raise InvalidArgumentError(
            None, None,
            "A glimpse needs images (batch, height, width, channels), a size of two numbers, offsets (batch, 2) and a "
            f"noise of {_NOISES}. Received: input.shape={images.shape}, size={size}, offsets.shape={positions.shape}, "
            f"noise={noise!r}",
        )  # fmt: skip
    return Tensor(windows_at(images, size, positions, centered, normalized, noise, get_random_seed()))
