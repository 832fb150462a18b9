"""Parts of images, and images with a border. (Implementation: `minikeras/ops/image_parts.py`.)"""

from minikeras.autodiff.keras_tensor import KerasTensor
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


def crop_and_resize(image, boxes, box_indices, crop_size, method="bilinear", extrapolation_value=0.0, name=None):
    """Rectangles cropped from a batch of images, each resized to one size.

    Corners are aligned: the first and last pixel of a crop lie on the edges of its box. Gradients flow to the images.

    Args:
        image: (batch, height, width, channels).
        boxes: (boxes, 4): y1, x1, y2, x2, where 0 is the first row or column and 1 the last. y1 > y2 turns upside down.
        box_indices: for each box, the index of its image.
        crop_size: (height, width).
        method: "bilinear" or "nearest".
        extrapolation_value: where a box exceeds the image.

    Returns:
        float32 (boxes, *crop_size, channels).

    Raises:
        ValueError: `image` has not four axes, an unknown method, or a box of an image that does not exist.
    """
    return image_parts.crop_and_resize(image, boxes, box_indices, crop_size, method, extrapolation_value)
