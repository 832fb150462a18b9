"""`tf.image.resize` and `resize_with_pad`. (Implementation: `minikeras/ops/image_resizing.py`.)"""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow.named import named, placed
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.ops import image_resizing

__all__ = ["ResizeMethod", "resize", "resize_with_pad"]


class ResizeMethod:
    """The methods' names."""

    BILINEAR = "bilinear"
    NEAREST_NEIGHBOR = "nearest"
    BICUBIC = "bicubic"
    AREA = "area"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    GAUSSIAN = "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


resize = named(image_resizing.resize)


def _padded(image, target_height, target_width, method="bilinear", antialias=False):
    dtype = image.dtype if method == "nearest" else "float32"
    return KerasTensor((*image.shape[:-3], int(target_height), int(target_width), image.shape[-1]), dtype)


resize_with_pad = symbolic(placed(image_resizing.resize_with_pad), output_spec=_padded)
