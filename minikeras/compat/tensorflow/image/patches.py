"""`tf.image.extract_patches` and `tf.extract_volume_patches`: sliding windows."""

from minikeras import ops
from minikeras.ops.patches import Patches
from minikeras.ops.spatial import standardize_padding

__all__ = ["extract_patches"]  # `tf.extract_volume_patches` is not a name of `tf.image`


def extract_patches(images, sizes, strides, rates, padding, name=None):
    """All windows of images, each flattened in the order row, column, channel.

    Args:
        images: (batch, height, width, channels).
        sizes, strides, rates: the window, its strides and its dilation, as (1, rows, columns, 1).
        padding: "VALID" or "SAME".

    Returns:
        (batch, rows of windows, columns of windows, window rows · window columns · channels).

    Raises:
        ValueError: the first or last of four numbers is not 1, or the images have not four axes.
    """
    windows = {}
    for what, numbers in (("sizes", sizes), ("strides", strides), ("rates", rates)):
        numbers = tuple(int(n) for n in numbers)
        if len(numbers) != 4 or (numbers[0], numbers[3]) != (1, 1):
            raise ValueError(f"`{what}` must have the form (1, rows, columns, 1). Received: {what}={numbers}")
        windows[what] = numbers[1:3]
    images = ops.convert_to_tensor(images)
    if len(images.shape) != 4:
        raise ValueError(f"`images` must have 4 axes. Received: images.shape={tuple(images.shape)}")
    # Without the check of `keras.ops.image.extract_patches`, which refuses strides together with rates.
    return Patches(windows["sizes"], windows["strides"], standardize_padding(padding), windows["rates"])(images)


def extract_volume_patches(input, ksizes, strides, padding, name=None):
    """All windows of volumes (batch, depth, height, width, channels), each flattened.

    Args:
        ksizes, strides: the window and its strides, as (1, planes, rows, columns, 1).
        padding: "VALID" or "SAME".
    """
    windows = []
    for what, numbers in (("ksizes", ksizes), ("strides", strides)):
        numbers = tuple(int(n) for n in numbers)
        if len(numbers) != 5 or (numbers[0], numbers[4]) != (1, 1):
            raise ValueError(f"`{what}` must have the form (1, planes, rows, columns, 1). Received: {what}={numbers}")
        windows.append(numbers[1:4])
    return Patches(*windows, standardize_padding(padding), (1, 1, 1))(ops.convert_to_tensor(input))
