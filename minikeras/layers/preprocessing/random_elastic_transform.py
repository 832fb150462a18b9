"""`RandomElasticTransform`: distorts images elastically."""

from minikeras import ops
from minikeras.layers.preprocessing.random_affine import INTERPOLATIONS
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer, overlapping_range

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


class RandomElasticTransform(RandomImageLayer):
    """In training pixels move by smooth random amounts (`ops.image.elastic_transform`), with a random probability.

    With s drawn for the batch, the shifts have the strength 0.1 · s · max(height, width) and the smoothness
    0.05 · s · min(height, width). Masks are moved by other amounts than images, as in Keras (docs/surprises.md).

    Args:
        factor: (lower, upper) of the probability, from 0 to 1. A single p means (0, p).
        scale: (lower, upper) of s, from 0 to 1. One number s means (0, s).
        interpolation: "nearest" or "bilinear".
        fill_mode: values outside the image: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: for "constant".
        value_range: the smallest and the largest value, to which results are clipped.
        seed: integer for the same values in every run.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: `factor` or `scale` is not in [0, 1].
        NotImplementedError: an unknown mode, as in Keras; bounding boxes.
    """

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = overlapping_range(factor, 0, 1)
        self.scale = overlapping_range(scale, 0, 1, "scale")
        self.interpolation = one_of("interpolation", interpolation, INTERPOLATIONS)
        self.fill_mode = one_of("fill_mode", fill_mode, FILL_MODES)
        self.fill_value = fill_value
        self.value_range = value_range

    def get_random_transformation(self, data, training=True, seed=None):
        """ "apply_transform" for each image, "distortion_factor" s, and the "seed" of the shifts."""
        if not training or self.scale[1] == 0 or self.factor[1] == 0:
            return None
        return {
            "apply_transform": self._chosen(data, self.factor, seed),
            "distortion_factor": self._uniform((), *self.scale, seed, self.compute_dtype),
            "seed": self.generator if seed is None else seed,
        }

    def get_elastic_transform_params(self, height, width, factor):
        """(strength, smoothness) of the shifts."""
        return max(height, width) * (0.1 * factor), min(height, width) * (0.05 * factor)

    def _transform_images(self, images, transformation, interpolation):
        if transformation is None:
            return images
        alpha, sigma = self.get_elastic_transform_params(
            *self._size(images.shape), float(transformation["distortion_factor"])
        )
        moved = ops.image.elastic_transform(
            images,
            alpha=alpha,
            sigma=sigma,
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            seed=transformation["seed"],
            data_format=self.data_format,
        )
        applies = ops.reshape(transformation["apply_transform"], (-1, *[1] * (len(images.shape) - 1)))
        return ops.cast(ops.clip(ops.where(applies, moved, images), *self.value_range), self.compute_dtype)


def one_of(argument, value, allowed):
    """The value itself.

    Raises:
        NotImplementedError: it is not allowed.
    """
    if value not in allowed:
        raise NotImplementedError(f"Unknown `{argument}` {value!r}. Expected one of {allowed}.")
    return value
