"""`Solarization`: inverts bright pixels."""

from minikeras import ops
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer, factor_range, value_pair
from minikeras.layers.preprocessing.value_ranges import rescaled


class Solarization(RandomImageLayer):
    """In training each image x (as 0 … 255) becomes x + a, clipped, and 255 minus that from a threshold t on.

    a and t are 255 times values uniform in `addition_factor` and `threshold_factor`, per image.

    Args:
        addition_factor, threshold_factor: (lower, upper), from 0 to 1. One number f means (0, f).
        value_range: the smallest and the largest value of pixels.
        seed: integer for the same values in every run.

    Raises:
        ValueError: a factor is not in [0, 1], or `value_range` is not two numbers.
    """

    moves_pixels = False

    def __init__(self, addition_factor=0.0, threshold_factor=0.0, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.addition_factor = factor_range(addition_factor, "addition_factor", 0, 1.0)
        self.threshold_factor = factor_range(threshold_factor, "threshold_factor", 0, 1.0)
        self.value_range = value_pair(value_range)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "additions" and "thresholds" for each image."""
        if not training:
            return None
        shape = self._per_image(data)
        return {
            name: self._uniform(shape, low, high * 255, seed, self.compute_dtype)  # Keras does not scale the lower end
            for name, (low, high) in (("additions", self.addition_factor), ("thresholds", self.threshold_factor))
        }

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training or transformation is None:
            return images
        images = rescaled(images, self.value_range, (0, 255))
        results = ops.clip(images + transformation["additions"], 0, 255)
        results = ops.where(results < transformation["thresholds"], results, 255 - results)
        return ops.cast(rescaled(results, (0, 255), self.value_range), self.compute_dtype)
