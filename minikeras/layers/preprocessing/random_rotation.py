"""`RandomRotation`: rotates images around their centre."""

from minikeras import ops
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.preprocessing.random_affine import RandomAffine, rotation_rows
from minikeras.layers.preprocessing.random_image_layer import overlapping_range
from minikeras.ops.box_formats import clip_to_image_size, convert_format
from minikeras.ops.box_transforms import affine_transform


class RandomRotation(RandomAffine):
    """In training each image is rotated around its centre by an angle uniform in [lower · 360°, upper · 360°).

    Args:
        factor: (lower, upper), as fractions of a full turn; positive is counter-clockwise. One number f means (−f, f).
        fill_mode: values outside the image: "reflect", "wrap", "constant" or "nearest".
        interpolation: "nearest" or "bilinear".
        seed: integer for the same angles in every run.
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: `factor` is not in [−1, 1].
        NotImplementedError: an unknown mode, as in Keras.
    """

    @inherits_arguments(RandomAffine)
    def __init__(self, factor, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.factor = overlapping_range(factor, -1, 1)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "angle": degrees for each image, "rotation_matrix": its row for `ops.image.affine_transform`; and sizes."""
        if not training:
            return None
        shape, batch_size = self._images_shape(data), self._batch_size(data)
        angle = self._uniform((batch_size,), self.factor[0] * 360.0, self.factor[1] * 360.0, seed)
        height, width = shape[self.height_axis], shape[self.width_axis]
        matrix = rotation_rows(ops.expand_dims(angle, 1), height, width)
        return {
            "angle": angle,
            "rotation_matrix": ops.squeeze(matrix, 0) if len(shape) == 3 else matrix,
            "image_height": height,
            "image_width": width,
            "batch_size": batch_size,
        }

    def _matrices(self, transformation, images_shape):
        return transformation["rotation_matrix"]

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The upright boxes around the rotated ones. As in Keras, boxes are read as "xyxy" (docs/surprises.md)."""
        if not training or transformation is None:
            return bounding_boxes
        size = transformation["image_height"], transformation["image_width"]
        angle = transformation["angle"]
        zeros, ones = ops.zeros_like(angle), ops.ones_like(angle)
        boxes = affine_transform(bounding_boxes["boxes"], angle, zeros, zeros, ones, zeros, zeros, *size)
        result = clip_to_image_size({**bounding_boxes, "boxes": boxes}, *size)
        return convert_format(result, "xyxy", self.bounding_box_format, *size)
