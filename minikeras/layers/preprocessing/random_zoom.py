"""`RandomZoom`: zooms images in or out."""

from minikeras import ops
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.preprocessing.random_affine import RandomAffine, affine_rows, per_box
from minikeras.layers.preprocessing.random_image_layer import factor_range
from minikeras.ops.box_formats import clip_to_image_size, convert_format


class RandomZoom(RandomAffine):
    """In training each image shows 1 + z times its height and width around the centre, with uniform z: z > 0 zooms out.

    Args:
        height_factor: (lower, upper) of z along the height. One number f means (−f, f).
        width_factor: the same along the width; None for the same z as along the height, which keeps the proportions.
        fill_mode: values outside the image: "reflect", "wrap", "constant" or "nearest".
        interpolation: "nearest" or "bilinear".
        seed: integer for the same zooms in every run.
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: a factor is not in (−1, 1].
        NotImplementedError: an unknown mode, as in Keras.
    """

    @inherits_arguments(RandomAffine)
    def __init__(self, height_factor, width_factor=None, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.height_factor = height_factor
        self.height_lower, self.height_upper = _range(height_factor, "height_factor")
        self.width_factor = width_factor
        if width_factor is not None:
            self.width_lower, self.width_upper = _range(width_factor, "width_factor")

    def get_random_transformation(self, data, training=True, seed=None):
        """ "height_zoom" and "width_zoom": 1 + z for each image, (batch, 1)."""
        if not training:
            return None
        column = (self._batch_size(data), 1)
        height_zoom = width_zoom = self._uniform(column, 1.0 + self.height_lower, 1.0 + self.height_upper, seed)
        if self.width_factor is not None:
            width_zoom = self._uniform(column, 1.0 + self.width_lower, 1.0 + self.width_upper, seed)
        return {"height_zoom": height_zoom, "width_zoom": width_zoom, "input_shape": self._images_shape(data)}

    def _matrices(self, transformation, images_shape):
        height, width = images_shape[self.height_axis], images_shape[self.width_axis]
        across, down = (ops.cast(transformation[name], "float32") for name in ("width_zoom", "height_zoom"))
        zeros = ops.zeros_like(across)
        left, top = (width - 1) / 2 * (1.0 - across), (height - 1) / 2 * (1.0 - down)
        return affine_rows(across, zeros, left, zeros, down, top)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        if not training or transformation is None:
            return bounding_boxes
        shape = transformation["input_shape"]
        height, width = self._size(shape)
        result = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", height, width)
        matrices = self._matrices(transformation, shape)
        left, top = self.get_transformed_x_y(0, 0, matrices)
        right, bottom = self.get_transformed_x_y(width, height, matrices)
        result = self.get_clipped_bbox(result, bottom, top, right, left)
        seen = ops.expand_dims(bottom - top, -1), ops.expand_dims(right - left, -1)
        result = convert_format(result, "xyxy", "rel_xyxy", *seen)
        result = clip_to_image_size(result, bounding_box_format="rel_xyxy")
        return convert_format(result, "rel_xyxy", self.bounding_box_format, height, width)

    def get_clipped_bbox(self, bounding_boxes, h_end, h_start, w_end, w_start):
        """Boxes of the format "xyxy" in the part of the image from the starts to the ends; each of these (batch, 1)."""
        boxes = bounding_boxes["boxes"]
        top, bottom, left, right = (per_box(x, boxes) for x in (h_start, h_end, w_start, w_end))
        x1, y1, x2, y2 = ops.split(boxes, 4, axis=-1)
        x1, x2 = (ops.clip(x, left, right) - left for x in (x1, x2))
        y1, y2 = (ops.clip(y, top, bottom) - top for y in (y1, y2))
        return {**bounding_boxes, "boxes": ops.concatenate([x1, y1, x2, y2], axis=-1)}


def _range(factor, name):
    return factor_range(factor, name, -1.0, 1.0, open_below=True)
