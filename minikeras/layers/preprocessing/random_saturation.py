"""`RandomSaturation`: raises or lowers the saturation of colours."""

from minikeras import ops
from minikeras.config import epsilon
from minikeras.layers.preprocessing.random_color_layer import RandomColorLayer


class RandomSaturation(RandomColorLayer):
    """In training, multiplies each image's saturation by f / (1 − f), f uniform in `factor`: 0 is grey, 1/2 no change.

    Args:
        factor: (lower, upper), from −1 to 1; negative ones mean grey. One number f means (−f, f), as in Keras.
        value_range: the smallest and the largest value, to which saturations are clipped.
        data_format: "channels_last" or "channels_first".
        seed: integer for the same changes in every run.

    Raises:
        ValueError: `factor` is not in [−1, 1], or `value_range` is not two numbers.
    """

    FACTOR_BOUNDS = (-1, 1)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "factor": the factor of each image's saturation, (batch,)."""
        share = self._uniform((self._batch_size(data),), self.factor[0], self.factor[1], seed)
        return {"factor": share / (1 - share + epsilon())}

    def transform_images(self, images, transformation=None, training=True):
        if not training:
            return images
        factor = ops.reshape(ops.cast(transformation["factor"], self.compute_dtype), (-1, 1, 1, 1))
        hsv = ops.image.rgb_to_hsv(images, data_format=self.data_format)
        hue, saturation, value = ops.split(hsv, 3, axis=self.channels_axis)
        saturation = ops.clip(saturation * factor, self.value_range[0], self.value_range[1])
        images = ops.concatenate([hue, saturation, value], axis=self.channels_axis)
        return ops.image.hsv_to_rgb(images, data_format=self.data_format)
