"""`RandomContrast`: raises or lowers the contrast of images."""

from minikeras import ops
from minikeras.layers.input_spec import check_kinds
from minikeras.layers.preprocessing.random_color_layer import RandomColorLayer


class RandomContrast(RandomColorLayer):
    """In training y = (x − mean) · f + mean for each channel of each image, with f uniform in [1 − lower, 1 + upper).

    Args:
        factor: (lower, upper), from 0 to 1. One number u means (0, u), as in Keras.
        value_range: the smallest and the largest value, to which the results are clipped.
        seed: integer for the same factors in every run.

    Raises:
        ValueError: `factor` is not in [0, 1].
    """

    CHECKS_VALUE_RANGE = False

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(factor, value_range, seed=seed, **kwargs)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "contrast_factor": f for each image."""
        shape = self._per_image(data)
        if not training:
            return {"contrast_factor": ops.zeros(shape)}
        lower, upper = self.factor
        return {"contrast_factor": self._uniform(shape, 1.0 - lower, 1.0 + upper, seed, self.compute_dtype)}

    def transform_images(self, images, transformation, training=True):
        if not training:
            return images
        check_kinds(self, images, "images", "f")
        mean = ops.mean(images, axis=self.height_axis, keepdims=True)
        mean = ops.mean(mean, axis=self.width_axis, keepdims=True)
        stretched = (images - mean) * transformation["contrast_factor"] + mean
        return ops.clip(stretched, self.value_range[0], self.value_range[1])
