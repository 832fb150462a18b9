"""`RandomGrayscale`: removes images' colours."""

from minikeras import ops
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer
from minikeras.ops.color import LUMA


class RandomGrayscale(RandomImageLayer):
    """In training each image becomes grey, in three equal channels, with probability `factor`.

    Args:
        factor: the probability, from 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: integer for the same choices in every run.

    Raises:
        ValueError: `factor` is not in [0, 1].
    """

    moves_pixels = False
    symbols_keep_dtype = True

    def __init__(self, factor=0.5, data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if factor < 0 or factor > 1:
            raise ValueError(f"`factor`, a probability, should be between 0 and 1. Received: factor={factor}")
        self.factor = factor

    def get_random_transformation(self, data, training=True, seed=None):
        """Whether each image becomes grey, (batch, 1, 1, 1)."""
        numbers = self._uniform((self._batch_size(data), 1, 1, 1), 0.0, 1.0, seed)
        return numbers < self.factor

    def transform_images(self, images, transformation, training=True):
        if not training:
            return images
        return ops.where(transformation, grey(images, self.channels_axis), images)

    def get_config(self):
        """Without `seed`, as in Keras."""
        return {key: value for key, value in super().get_config().items() if key != "seed"}


def grey(images, channels_axis):
    """The weighted sum of the three colours, as in `ops.image.rgb_to_grayscale`; one channel is grey already."""
    if images.shape[channels_axis] == 1:
        return images
    colours = ops.split(images, 3, axis=channels_axis)
    red, green, blue = (colour * weight for colour, weight in zip(colours, LUMA, strict=True))
    return ops.cast(red + green + blue, images.dtype)
