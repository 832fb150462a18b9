"""`tf.image.convert_image_dtype`."""

from minikeras.ops import image_dtype

__all__ = ["convert_image_dtype"]


def convert_image_dtype(image, dtype, saturate=False, name=None):
    """An image in another dtype, scaled to its range: floats go from 0 to 1, integers from 0 to their largest."""
    return image_dtype.convert_image_dtype(image, dtype, saturate)
