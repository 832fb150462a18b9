"""`RandomBrightness`: makes images brighter or darker."""

from minikeras import ops
from minikeras.layers.input_spec import check_kinds
from minikeras.layers.preprocessing.random_color_layer import RandomColorLayer


class RandomBrightness(RandomColorLayer):
    """In training y = x + d for each image, d a fraction of the range, uniform in [lower, upper); then y is clipped.

    Args:
        factor: (lower, upper), from −1 to 1. One number f means (−f, f).
        value_range: the smallest and the largest value.
        seed: integer for the same changes in every run.

    Raises:
        ValueError: `factor` is not in [−1, 1], or `value_range` is not two numbers.
    """

    FACTOR_BOUNDS = (-1, 1)

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(factor, value_range, seed=seed, **kwargs)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "rgb_delta": d for each image."""
        shape = self._per_image(data)
        if not training:
            return {"rgb_delta": ops.zeros(shape)}
        low, high = self.value_range
        return {"rgb_delta": self._uniform(shape, self.factor[0], self.factor[1], seed) * (high - low)}

    def transform_images(self, images, transformation, training=True):
        if not training:
            return images
        check_kinds(self, images, "images", "fiu")
        shifted = images + ops.cast(transformation["rgb_delta"], images.dtype)
        return ops.clip(shifted, self.value_range[0], self.value_range[1])
