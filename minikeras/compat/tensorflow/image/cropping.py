"""Parts of images, and images with a border. (Implementation: `minikeras/ops/image_parts.py`.)"""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow.named import named, placed
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


_sized = {"output_spec": of_target_size, "on_rows": images_at_once}
crop_to_bounding_box = symbolic(placed(image_parts.crop_to_bounding_box), **_sized)
pad_to_bounding_box = symbolic(placed(image_parts.pad_to_bounding_box), **_sized)
resize_with_crop_or_pad = symbolic(placed(image_parts.resize_with_crop_or_pad), **_sized)
central_crop = symbolic(placed(image_parts.central_crop), output_spec=_central_part, on_rows=images_at_once)
crop_and_resize = named(image_parts.crop_and_resize)
