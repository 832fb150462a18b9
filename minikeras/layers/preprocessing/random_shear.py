"""`RandomShear`: shears images."""

from minikeras import ops
from minikeras.layers.preprocessing.random_affine import RandomAffine, affine_rows
from minikeras.layers.preprocessing.random_image_layer import factor_range
from minikeras.ops.box_formats import clip_to_image_size, convert_format


class RandomShear(RandomAffine):
    """In training pixel (x, y) of an image comes from (x + s·y, t·x + y); s and t are uniform, with one random sign.

    Args:
        x_factor: (lower, upper) of s, from 0 to 1. One number f means (−f, f).
        y_factor: the same for t.
        interpolation: "nearest" or "bilinear".
        fill_mode: values outside the image: "reflect", "wrap", "constant" or "nearest".
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".
        seed: integer for the same values in every run.

    Raises:
        ValueError: a factor is not in [0, 1].
        NotImplementedError: an unknown mode, as in Keras.
    """

    def __init__(
        self,
        x_factor=0.0,
        y_factor=0.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.x_factor = _range(x_factor, "x_factor")
        self.y_factor = _range(y_factor, "y_factor")

    def get_random_transformation(self, data, training=True, seed=None):
        """ "shear_factor": (s, t) for each image."""
        if not training:
            return None
        column, dtype = (self._batch_size(data), 1), self.compute_dtype
        sign = ops.where(self._uniform(column, 0.0, 1.0, seed, dtype) > 0.5, -1.0, 1.0)
        t = self._uniform(column, *self.y_factor, seed, dtype)
        s = self._uniform(column, *self.x_factor, seed, dtype)
        factors = ops.concatenate([s, t], axis=1) * ops.cast(sign, dtype)
        return {"shear_factor": factors, "input_shape": self._images_shape(data)}

    def _matrices(self, transformation, images_shape):
        s, t = ops.split(transformation["shear_factor"], 2, axis=1)
        ones, zeros = ops.ones_like(s), ops.zeros_like(s)
        return affine_rows(ones, s, zeros, t, ones, zeros)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes around the sheared ones. As in Keras, relative coordinates are sheared, not pixels."""
        if not training or transformation is None:
            return bounding_boxes
        size, dtype = self._size(transformation["input_shape"]), self.compute_dtype
        result = convert_format(bounding_boxes, self.bounding_box_format, "rel_xyxy", *size, dtype=dtype)
        s, t = ops.split(ops.expand_dims(ops.cast(transformation["shear_factor"], dtype), 1), 2, axis=-1)
        x1, y1, x2, y2 = ops.split(result["boxes"], 4, axis=-1)
        x1, x2 = x1 - s * ops.where(s < 0, y1, y2), x2 - s * ops.where(s < 0, y2, y1)
        y1, y2 = y1 - t * ops.where(t > 0, x2, x1), y2 - t * ops.where(t > 0, x1, x2)
        boxes = ops.concatenate([x1, y1, x2, y2], axis=-1)
        result = clip_to_image_size({**result, "boxes": boxes}, bounding_box_format="rel_xyxy")
        return convert_format(result, "rel_xyxy", self.bounding_box_format, *size, dtype=dtype)


def _range(factor, name):
    """(−f, f) for one number f, or for that pair itself, as in configs; else two numbers from 0 to 1."""
    if isinstance(factor, (list, tuple)) and len(factor) == 2 and factor[0] == -factor[1]:
        factor = factor[1]
    lower, upper = factor_range(factor, name, 0.0, 1.0)
    return (lower, upper) if isinstance(factor, (list, tuple)) else (-upper, upper)
