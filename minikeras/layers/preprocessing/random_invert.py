"""`RandomInvert`: turns images into their negatives."""

from minikeras import ops
from minikeras.layers.preprocessing.random_color_layer import RandomColorLayer


class RandomInvert(RandomColorLayer):
    """In training each image x becomes upper − x with a probability that is itself uniform in `factor`.

    Args:
        factor: (lower, upper) of the probability, from 0 to 1. A single p means (0, p).
        value_range: the smallest and the largest value.
        seed: integer for the same choices in every run.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: `factor` is not in [0, 1].
    """

    CHECKS_VALUE_RANGE = False

    def __init__(self, factor=1.0, value_range=(0, 255), seed=None, data_format=None, **kwargs):
        super().__init__(factor, value_range, data_format, seed, **kwargs)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "apply_inversion": whether to invert each image, (batch,)."""
        if not training:
            return None
        shape = (self._batch_size(data),)
        probability = self._uniform(shape, self.factor[0], self.factor[1], seed)
        return {"apply_inversion": self._uniform(shape, 0.0, 1.0, seed) < probability}

    def transform_images(self, images, transformation, training=True):
        if not training:
            return images
        images = ops.cast(images, self.compute_dtype)
        inverted = ops.reshape(transformation["apply_inversion"], (-1, 1, 1, 1))
        return ops.where(inverted, self.value_range[1] - images, images)
