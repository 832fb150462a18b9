"""`AutoContrast`: stretches the values of images to the whole range."""

from minikeras import ops
from minikeras.layers.preprocessing.image_layer import ImageLayer
from minikeras.layers.preprocessing.random_image_layer import value_pair
from minikeras.layers.preprocessing.value_ranges import rescaled


class AutoContrast(ImageLayer):
    """Stretches the values of each channel of each image to the whole range; in training and inference alike.

    Channels with a single value stay unchanged. As in Keras, the extremes are taken over axes 1 and 2 in both data
    formats.

    Args:
        value_range: the smallest and the largest value of pixels.

    Raises:
        ValueError: `value_range` is not two numbers.
    """

    moves_pixels = False

    def __init__(self, value_range=(0, 255), **kwargs):
        super().__init__(**kwargs)
        self.value_range = value_pair(value_range)

    def transform_images(self, images, transformation=None, training=True):
        x = rescaled(ops.cast(images, self.compute_dtype), self.value_range, (0, 255))
        low, high = ops.min(x, axis=(1, 2), keepdims=True), ops.max(x, axis=(1, 2), keepdims=True)
        flat = high == low
        scale = 255.0 / ops.where(flat, 1.0, high - low)
        stretched = rescaled(ops.clip(x * scale + -low * scale, 0.0, 255.0), (0, 255), self.value_range)
        return ops.cast(ops.where(flat, images, stretched), self.compute_dtype)
