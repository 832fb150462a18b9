"""`RandomColorLayer`: the base of layers that change colours by one random amount."""

from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer, overlapping_range, value_pair


class RandomColorLayer(RandomImageLayer):
    """Base class of layers with one `factor` per image, which leave masks and boxes unchanged.

    Args:
        factor: (lower, upper), in `FACTOR_BOUNDS`. One number f means (−f, f) as far as the bounds allow.
        value_range: the smallest and the largest value of pixels.
        data_format: "channels_last" or "channels_first".
        seed: integer for the same values in every run.

    Attributes:
        CHECKS_VALUE_RANGE: whether the constructor checks and sorts `value_range`; as in Keras, not all layers do.

    Raises:
        ValueError: `factor` is not in the bounds, or `value_range` is not two numbers.
    """

    moves_pixels = False
    FACTOR_BOUNDS = (0, 1)
    CHECKS_VALUE_RANGE = True

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = overlapping_range(factor, *self.FACTOR_BOUNDS)
        self.value_range = value_pair(value_range) if self.CHECKS_VALUE_RANGE else value_range
