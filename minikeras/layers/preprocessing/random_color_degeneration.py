"""`RandomColorDegeneration`: makes colours paler."""

from minikeras import ops
from minikeras.layers.preprocessing.random_color_layer import RandomColorLayer
from minikeras.layers.preprocessing.random_grayscale import grey


class RandomColorDegeneration(RandomColorLayer):
    """In training y = x + f · (grey(x) − x), clipped, f per image: 0 changes nothing, 1 makes an image grey.

    Args:
        factor: (lower, upper) of f, from −1 to 1. One number f means (−f, f).
        value_range: the smallest and the largest value, to which results are clipped.
        data_format: "channels_last" or "channels_first".
        seed: integer for the same values in every run.

    Raises:
        ValueError: `factor` is not in [−1, 1], or `value_range` is not two numbers; images without three channels.
    """

    FACTOR_BOUNDS = (-1, 1)

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(0.0 if factor is None else factor, value_range, data_format, seed, **kwargs)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "factor": f for each image, (batch, 1, 1, 1)."""
        return {"factor": self._uniform((self._batch_size(data), 1, 1, 1), *self.factor, seed)}

    def transform_images(self, images, transformation=None, training=True):
        if not training:
            return images
        images = ops.cast(images, self.compute_dtype)
        towards = grey(images, self.channels_axis) - images
        images = images + ops.cast(transformation["factor"], self.compute_dtype) * towards
        return ops.clip(images, *self.value_range)

    def compute_output_shape(self, input_shape):
        if len(input_shape) not in (3, 4):
            raise ValueError(
                f"Layer '{self.name}' (RandomColorDegeneration) takes images of 3 axes, or batches of 4. "
                f"Received: input_shape={input_shape}"
            )
        if input_shape[self.channels_axis] not in (3, None):
            raise ValueError(
                f"Layer '{self.name}' (RandomColorDegeneration) takes images with 3 channels, red, green and blue. "
                f"Received: input_shape={input_shape}, data_format={self.data_format!r}"
            )
        return input_shape
