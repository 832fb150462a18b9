"""`RandomErasing`: fills a rectangle of each image with noise or a colour."""

from minikeras import ops, random
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer, overlapping_range
from minikeras.layers.preprocessing.rectangles import inside, random_span


class RandomErasing(RandomImageLayer):
    """In training a random rectangle of each image is filled, with a random probability. (Zhong et al., 2017)

    Args:
        factor: (lower, upper) of the probability, from 0 to 1. A single p means (0, p).
        scale: (lower, upper) of the squared width and height, as fractions of the image's. One number s means (0, s).
        fill_value: a number, three of them for the channels, or None for normal noise times `value_range[1]`.
        value_range: the smallest and the largest value, to which the filling is clipped.
        seed: integer for the same values in every run.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: `factor` or `scale` is not in [0, 1]; in the call, `fill_value` is none of these.
    """

    moves_pixels = False

    def __init__(
        self,
        factor=1.0,
        scale=(0.02, 0.33),
        fill_value=None,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = overlapping_range(factor, 0, 1)
        self.scale = overlapping_range(scale, 0, 1, "scale")
        self.fill_value = fill_value
        self.value_range = value_range

    def get_random_transformation(self, data, training=True, seed=None):
        """ "apply_erasing" for each image, "batch_masks" of the rectangles, and their "fill_value"."""
        if not training:
            return None
        batch, shape = self._batch_size(data), self._images_shape(data)
        height, width = self._size(shape)
        share = ops.sqrt(self._uniform((batch, 2), *self.scale, seed, self.compute_dtype))
        columns = random_span(self, batch, width, share[:, 0], seed)
        rows = random_span(self, batch, height, share[:, 1], seed)
        return {
            "batch_masks": inside(self, shape, *columns, *rows),
            "apply_erasing": self._chosen(data, self.factor, seed),
            "fill_value": self._filling(shape, seed),
        }

    def _filling(self, shape, seed):
        value, dtype = self.fill_value, self.compute_dtype
        if value is None:
            noise = random.normal(shape, dtype=dtype, seed=self.generator if seed is None else seed)
            value = noise * self.value_range[1]
        elif isinstance(value, (int, float)) or (isinstance(value, (list, tuple)) and len(value) == 3):
            # as in Keras, three numbers are those along the last axis, in both data formats
            value = ops.broadcast_to(ops.convert_to_tensor(value, dtype), shape)
        else:
            raise ValueError(
                f"`fill_value` of layer '{self.name}' (RandomErasing) must be None, a number, or three for the "
                f"channels. Received: fill_value={value!r}"
            )
        return ops.clip(value, *self.value_range)

    def transform_images(self, images, transformation=None, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training or transformation is None:
            return images
        erased = ops.where(transformation["batch_masks"], transformation["fill_value"], images)
        return ops.where(ops.reshape(transformation["apply_erasing"], (-1, 1, 1, 1)), erased, images)
