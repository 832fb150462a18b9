"""`K.resize_images` and `K.resize_volumes`: larger by whole factors."""

from minikeras import ops
from minikeras.ops import image_resizing
from minikeras.ops.spatial import in_channels_last

__all__ = ["resize_images", "resize_volumes"]


def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    """A batch of images, scaled by these factors, by one of the methods of `tf.image.resize`.

    Raises:
        ValueError: an unknown method or data format.
    """
    _check(data_format)

    def enlarge(x):
        return image_resizing.enlarge(x, (height_factor, width_factor), interpolation)

    return in_channels_last(enlarge, ops.convert_to_tensor(x), data_format)


def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """A batch of volumes, each element repeated along the three axes.

    Raises:
        ValueError: an unknown data format.
    """
    _check(data_format)
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), 1 if "last" in data_format else 2):
        x = ops.repeat(x, factor, axis)
    return x


def _check(data_format):
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"`data_format` must be 'channels_first' or 'channels_last'. Received: {data_format!r}")
