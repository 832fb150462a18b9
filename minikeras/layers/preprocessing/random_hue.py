"""`RandomHue`: rotates the hues of images."""

from minikeras import ops
from minikeras.layers.preprocessing.random_color_layer import RandomColorLayer
from minikeras.layers.preprocessing.value_ranges import rescaled


class RandomHue(RandomColorLayer):
    """In training ± f / 2 is added to each image's hue (a full turn is 1), f uniform in `factor`, with a random sign.

    Args:
        factor: (lower, upper), from 0 to 1. One number f means (0, f).
        value_range: the smallest and the largest value of pixels.
        data_format: "channels_last" or "channels_first".
        seed: integer for the same hues in every run.

    Raises:
        ValueError: `factor` is not in [0, 1].
    """

    CHECKS_VALUE_RANGE = False

    def get_random_transformation(self, data, training=True, seed=None):
        """ "factor": the shift of each image's hue, (batch,)."""
        shape = (self._batch_size(data),)
        sign = ops.where(self._uniform(shape, 0.0, 1.0, seed) > 0.5, -1.0, 1.0)
        return {"factor": sign * self._uniform(shape, self.factor[0], self.factor[1], seed) * 0.5}

    def transform_images(self, images, transformation=None, training=True):
        if not training:
            return images
        images = rescaled(ops.cast(images, self.compute_dtype), self.value_range, (0, 1))
        hue, saturation, value = self._split(ops.image.rgb_to_hsv(images, data_format=self.data_format))
        hue = hue + ops.reshape(ops.cast(transformation["factor"], images.dtype), (-1, 1, 1, 1))
        hue = ops.where(hue > 1.0, hue - 1.0, hue)
        hue = ops.where(hue < 0.0, hue + 1.0, hue)
        images = ops.concatenate([hue, saturation, value], axis=self.channels_axis)
        images = ops.image.hsv_to_rgb(images, data_format=self.data_format)
        images = rescaled(ops.clip(images, 0, 1), (0, 1), self.value_range)
        return ops.cast(images, self.compute_dtype)

    def _split(self, images):
        return ops.split(images, 3, axis=self.channels_axis)
