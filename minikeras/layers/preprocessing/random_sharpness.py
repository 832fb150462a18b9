"""`RandomSharpness`: sharpens or softens images."""

import numpy as np

from minikeras import ops
from minikeras.layers.preprocessing.random_color_layer import RandomColorLayer

SMOOTHING = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13


class RandomSharpness(RandomColorLayer):
    """In training y = x + (1 − 2f) · (smooth(x) − x), clipped: f < 1/2 softens, f > 1/2 sharpens an image.

    `smooth` is the mean over 3 × 3 pixels in which the centre has weight 5; outside the image, pixels are zero.

    Args:
        factor: (lower, upper) of f, from 0 to 1. One number f means (0, f).
        value_range: the smallest and the largest value, to which results are clipped.
        data_format: "channels_last" or "channels_first".
        seed: integer for the same values in every run.

    Raises:
        ValueError: `factor` is not in [0, 1], or `value_range` is not two numbers.
    """

    def get_random_transformation(self, data, training=True, seed=None):
        """ "factor": f for each image."""
        return {"factor": self._uniform((self._batch_size(data),), *self.factor, seed)}

    def transform_images(self, images, transformation=None, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        if self.data_format == "channels_first":
            images = ops.swapaxes(images, -3, -1)
        factor = ops.reshape(ops.cast(transformation["factor"] * 2, self.compute_dtype), (-1, 1, 1, 1))
        kernel = np.repeat(SMOOTHING[:, :, None, None], images.shape[-1], axis=2).astype(self.compute_dtype)
        smooth = ops.depthwise_conv(images, kernel, padding="same", data_format="channels_last")
        images = ops.clip(images + (1.0 - factor) * (smooth - images), *self.value_range)
        return ops.swapaxes(images, -3, -1) if self.data_format == "channels_first" else images
