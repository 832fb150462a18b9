"""Parts of images, and images with a border. (Implementation: `minikeras/ops/image_parts.py`.)"""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow.named import named
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.ops import image_parts
from minikeras.ops.spatial import images_at_once

__all__ = [
    "central_crop",
    "crop_and_resize",
    "crop_to_bounding_box",
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


@symbolic(output_spec=of_target_size, on_rows=images_at_once)
def crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """The rectangle of this size whose upper left corner is at the offset.

    Raises:
        ValueError: it is not inside the image.
    """
    return image_parts.crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width)


@symbolic(output_spec=of_target_size, on_rows=images_at_once)
def pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """The image at the offset in a larger one of zeros.

    Raises:
        ValueError: it does not fit in.
    """
    return image_parts.pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width)


@symbolic(output_spec=of_target_size, on_rows=images_at_once)
def resize_with_crop_or_pad(image, target_height, target_width):
    """Cropped evenly on both sides, or filled up evenly with zeros, to this size; the odd row is the last.

    Raises:
        ValueError: the target is not positive.
    """
    return image_parts.resize_with_crop_or_pad(image, target_height, target_width)


@symbolic(output_spec=_central_part, on_rows=images_at_once)
def central_crop(image, central_fraction):
    """The middle part that has this fraction of the height and of the width.

    Raises:
        ValueError: the fraction is not in (0, 1].
    """
    return image_parts.central_crop(image, central_fraction)


crop_and_resize = named(image_parts.crop_and_resize)
