"""`RandomPosterization`: reduces the number of values per channel."""

from minikeras import ops, random
from minikeras.layers.preprocessing.random_color_layer import RandomColorLayer
from minikeras.layers.preprocessing.value_ranges import rescaled

BITS = 8


class RandomPosterization(RandomColorLayer):
    """In training only the first b bits of each pixel (as 0 … 255) are kept, b a random integer for each image.

    Args:
        factor: (lower, upper) of b: lower ≤ b < upper, or b = lower if both are equal, from 1 to 8. One number b means
            (1, b).
        value_range: the smallest and the largest value of pixels.
        data_format: "channels_last" or "channels_first".
        seed: integer for the same values in every run.

    Raises:
        ValueError: `factor` is not in [1, 8], or `value_range` is not two numbers.
    """

    FACTOR_BOUNDS = (1, BITS)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "shift_factor": the number of bits to remove, for each image."""
        shape, (low, high) = (self._batch_size(data),), self.factor
        if low == high:
            bits = ops.full(shape, low, dtype="uint8")
        else:
            bits = random.randint(shape, low, high, dtype="uint8", seed=self.generator if seed is None else seed)
        return {"shift_factor": BITS - bits}

    def transform_images(self, images, transformation=None, training=True):
        if not training:
            return images
        removed = ops.reshape(transformation["shift_factor"], (-1, 1, 1, 1))
        images = rescaled(ops.cast(images, self.compute_dtype), self.value_range, (0, 255))
        images = ops.cast(images, "uint8")
        images = ops.bitwise_left_shift(ops.bitwise_right_shift(images, removed), removed)
        return rescaled(ops.cast(images, self.compute_dtype), (0, 255), self.value_range)
