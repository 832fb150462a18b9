"""`Equalization`: spreads the values of images evenly."""

from minikeras import ops
from minikeras.layers.preprocessing.image_layer import ImageLayer
from minikeras.layers.preprocessing.number_arguments import integer
from minikeras.layers.preprocessing.random_image_layer import value_pair
from minikeras.ops.histograms import equalized


class Equalization(ImageLayer):
    """In training each channel's values are replaced by their ranks, so that its histogram becomes flat.

    As in Keras, the histogram is computed over the whole batch.

    Args:
        value_range: the smallest and the largest value of pixels.
        bins: of the histogram.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: `value_range` is not two numbers, or there are no `bins`.
    """

    moves_pixels = False
    symbols_keep_dtype = True

    def __init__(self, value_range=(0, 255), bins=256, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.bins = integer("bins", bins, 1)
        self.value_range = value_pair(value_range)

    def transform_images(self, images, transformation, training=True):
        if not training:
            return images
        low, high = self.value_range
        scale = 255 / (high - low)
        images = ops.cast(images, self.compute_dtype) * scale + (0 - low * scale)
        images = equalized(images, self.bins, self.channels_axis) * ((high - low) / 255) + low
        return ops.cast(images, self.compute_dtype)
