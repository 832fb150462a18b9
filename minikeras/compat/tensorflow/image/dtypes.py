"""`tf.image.convert_image_dtype`."""

from minikeras.compat.tensorflow.named import named
from minikeras.ops import image_dtype

__all__ = ["convert_image_dtype"]


convert_image_dtype = named(image_dtype.convert_image_dtype)
