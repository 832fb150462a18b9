"""Crops, sliding windows and glimpses of images, and borders. (Implementation: `minikeras/ops/image_parts.py`.)"""

from minikeras import ops
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.compat.tensorflow.named import named, placed
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.ops import image_parts
from minikeras.ops.image_parts import windows_at
from minikeras.ops.patches import Patches
from minikeras.ops.spatial import images_at_once, standardize_padding
from minikeras.random.global_seed import get_random_seed

__all__ = [
    "central_crop",
    "crop_and_resize",
    "crop_to_bounding_box",
    "extract_glimpse",
    "extract_patches",
    "pad_to_bounding_box",
    "resize_with_crop_or_pad",
]


def of_target_size(image, *arguments, **keywords):
    """The symbolic result of a function whose last two arguments are the height and width of the result."""
    names = ("offset_height", "offset_width", "target_height", "target_width")
    given = dict(zip(names[-len(arguments) :], arguments, strict=True)) if arguments else {}
    given |= keywords
    size = int(given["target_height"]), int(given["target_width"])
    return KerasTensor((*image.shape[:-3], *size, image.shape[-1]), image.dtype)


def _central_part(image, central_fraction):
    size = image_parts.central_size(image.shape[-3:-1], float(central_fraction))
    return KerasTensor((*image.shape[:-3], *size, image.shape[-1]), image.dtype)


_sized = {"output_spec": of_target_size, "on_rows": images_at_once}
crop_to_bounding_box = symbolic(placed(image_parts.crop_to_bounding_box), **_sized)
pad_to_bounding_box = symbolic(placed(image_parts.pad_to_bounding_box), **_sized)
resize_with_crop_or_pad = symbolic(placed(image_parts.resize_with_crop_or_pad), **_sized)
central_crop = symbolic(placed(image_parts.central_crop), output_spec=_central_part, on_rows=images_at_once)
crop_and_resize = named(image_parts.crop_and_resize)


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


_NOISES = ("uniform", "gaussian", "zero")


def extract_glimpse(input, size, offsets, centered=True, normalized=True, noise="uniform", name=None):
    """A window (height, width) of each image; positions outside of the image are filled with noise.

    Args:
        input: images (batch, height, width, channels), float32.
        size: height and width of the windows.
        offsets: (batch, 2), down and to the right: with `centered` and `normalized`, of the window's middle, from −1 to
            1 between the image's borders; with `normalized` alone, of its corner in heights and widths of the image;
            with `centered` alone, of its corner from the image's middle, in pixels; else of its corner in pixels.
        noise: "uniform", "gaussian" (like the numbers of the images) or "zero". Unlike TensorFlow's, it is the same for
            the same global seed.

    Raises:
        InvalidArgumentError: the shapes or the noise are not as described.
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
