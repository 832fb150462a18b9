"""Images mirrored, rotated and transposed."""

from minikeras import ops
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.spatial import check_images

__all__ = ["flip_left_right", "flip_up_down", "rot90", "transpose"]


def flip_left_right(image):
    """Mirrored: the first column becomes the last."""
    return ops.flip(_image(image), -2)


def flip_up_down(image):
    """Upside down: the first row becomes the last."""
    return ops.flip(_image(image), -3)


def transpose(image, name=None):
    """Rows become columns."""
    return ops.swapaxes(_image(image), -3, -2)


def rot90(image, k=1, name=None):
    """Rotated counter-clockwise `k` times by a right angle.

    Raises:
        ValueError: `k` is not an integer.
    """
    if int(k) != k:
        raise ValueError(f"`k` must be an integer, the number of right angles. Received: k={k}")
    image = _image(image)
    rows, columns = len(image.shape) - 3, len(image.shape) - 2
    return ops.rot90(image, int(k), (rows, columns))


def _image(image):
    image = convert_to_tensor(image)
    check_images(image.shape)
    return image
