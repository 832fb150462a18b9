"""`RandomTranslation`: shifts images."""

from minikeras import ops
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.preprocessing.random_affine import RandomAffine, affine_rows
from minikeras.layers.preprocessing.random_image_layer import factor_range
from minikeras.ops.box_formats import clip_to_image_size, convert_format


class RandomTranslation(RandomAffine):
    """In training each image is shifted down and to the right by uniform fractions of its height and width.

    Args:
        height_factor: (lower, upper) fraction of the height; positive shifts down. One number f means (−f, f).
        width_factor: the same for the width; positive shifts to the right.
        fill_mode: values outside the image: "reflect", "wrap", "constant" or "nearest".
        interpolation: "nearest" or "bilinear".
        seed: integer for the same shifts in every run.
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: a factor is not in [−1, 1].
        NotImplementedError: an unknown mode, as in Keras.
    """

    @inherits_arguments(RandomAffine)
    def __init__(self, height_factor, width_factor, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.height_factor = height_factor
        self.height_lower, self.height_upper = factor_range(height_factor, "height_factor", -1.0, 1.0)
        self.width_factor = width_factor
        self.width_lower, self.width_upper = factor_range(width_factor, "width_factor", -1.0, 1.0)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "translations": pixels to the right and down for each image, (batch, 2)."""
        if not training:
            return None
        shape, column = self._images_shape(data), (self._batch_size(data), 1)
        down = self._uniform(column, self.height_lower, self.height_upper, seed) * shape[self.height_axis]
        right = self._uniform(column, self.width_lower, self.width_upper, seed) * shape[self.width_axis]
        translations = ops.cast(ops.concatenate([right, down], axis=1), "float32")
        return {"translations": translations, "input_shape": shape}

    def _matrices(self, transformation, images_shape):
        right, down = ops.split(transformation["translations"], 2, axis=1)
        ones, zeros = ops.ones_like(right), ops.zeros_like(right)
        return affine_rows(ones, zeros, -right, zeros, ones, -down)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        if not training or transformation is None:
            return bounding_boxes
        size = self._size(transformation["input_shape"])
        result = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", *size)
        shifts = self.get_transformed_x_y(0, 0, self._matrices(transformation, transformation["input_shape"]))
        result = clip_to_image_size(self.get_shifted_bbox(result, *shifts), *size)
        return convert_format(result, "xyxy", self.bounding_box_format, *size)
