"""Converts batches of images to the arrays that the functions of this package need."""

from minikeras.config import image_data_format
from minikeras.ops.conversion import data_array


def image_batch(images, data_format=None):
    """Images as an array (batch, height, width, channels).

    Raises:
        ValueError: they do not have four axes.
    """
    images = data_array(images)
    if images.ndim != 4:
        raise ValueError(
            "`images` must be a batch, (batch, height, width, channels). "
            f"Received: images.shape={images.shape}. For a single image: images[None]"
        )
    return channels_last(images, data_format)


def channels_last(array, data_format=None):
    """An array (batch, …, channels) from one in a data format; None stands for the configured format."""
    return array.transpose(0, 2, 3, 1) if (data_format or image_data_format()) == "channels_first" else array
