"""`RandomPerspective`: changes the perspective of images."""

from minikeras import ops
from minikeras.layers.preprocessing.random_affine import INTERPOLATIONS
from minikeras.layers.preprocessing.random_elastic_transform import one_of
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer, overlapping_range
from minikeras.ops.box_formats import clip_to_image_size, convert_format
from minikeras.ops.warping import homography


class RandomPerspective(RandomImageLayer):
    """In training the corners of images move to random positions, with a random probability; pixels follow
    projectively.

    A corner (x, y) moves to (x + x·u, y + y·v), u and v uniform in [−scale / 2, scale / 2).

    Args:
        factor: (lower, upper) of the probability, from 0 to 1. A single p means (0, p).
        scale: how far corners move, from 0 to 1.
        interpolation: "nearest" or "bilinear".
        fill_value: values outside the image.
        seed: integer for the same values in every run.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: `factor` or `scale` is not in [0, 1].
        NotImplementedError: an unknown interpolation, as in Keras.
    """

    def __init__(
        self, factor=1.0, scale=1.0, interpolation="bilinear", fill_value=0.0, seed=None, data_format=None, **kwargs
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = overlapping_range(factor, 0, 1)
        self.scale = scale
        self.interpolation = one_of("interpolation", interpolation, INTERPOLATIONS)
        self.fill_value = fill_value
        if not 0.0 <= scale <= 1.0:
            raise ValueError(f"`scale` must be a number in [0, 1]. Received: scale={scale!r}")

    def get_random_transformation(self, data, training=True, seed=None):
        """ "apply_perspective" for each image, and its corners: "start_points" and "end_points", (batch, 4, 2)."""
        if not training:
            return None
        batch, dtype, shape = self._batch_size(data), self.compute_dtype, self._images_shape(data)
        applies = self._chosen(data, self.factor, seed)
        shifts = self._uniform((batch, 4, 2), -0.5 * self.scale, 0.5 * self.scale, seed, dtype)
        height, width = self._size(shape)
        corners = [[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]]
        start = ops.broadcast_to(ops.convert_to_tensor(corners, dtype), (batch, 4, 2))
        return {
            "apply_perspective": applies,
            "start_points": start,
            "end_points": start + start * shifts,
            "input_shape": shape,
        }

    def _transform_images(self, images, transformation, interpolation):
        if transformation is None:
            return images
        batch = images if len(images.shape) == 4 else ops.expand_dims(images, 0)
        moved = ops.image.perspective_transform(
            batch,
            transformation["start_points"],
            transformation["end_points"],
            interpolation=interpolation,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )
        batch = ops.where(ops.reshape(transformation["apply_perspective"], (-1, 1, 1, 1)), moved, batch)
        return batch if len(images.shape) == 4 else ops.squeeze(batch, 0)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The upright boxes around the moved ones. As in Keras, they are returned as "xyxy" (docs/surprises.md)."""
        if not training or transformation is None:
            return bounding_boxes
        size = self._size(transformation["input_shape"])
        result = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", *size)
        x1, y1, x2, y2 = ops.split(result["boxes"], 4, axis=-1)
        x, y = ops.concatenate([x1, x2, x1, x2], axis=-1), ops.concatenate([y1, y2, y2, y1], axis=-1)
        x, y = self._moved(x, y, transformation)
        edges = [ops.min(x, -1), ops.min(y, -1), ops.max(x, -1), ops.max(y, -1)]
        applies = ops.reshape(transformation["apply_perspective"], (-1, 1, 1))
        boxes = ops.where(applies, ops.stack(edges, axis=-1), result["boxes"])
        return clip_to_image_size({**result, "boxes": boxes}, *size)

    def _moved(self, x, y, transformation):
        """Where points (batch, boxes, 4) of the images move to."""
        rows = homography(transformation["start_points"], transformation["end_points"])
        matrices = ops.concatenate([ops.cast(rows, "float32"), ops.ones((rows.shape[0], 1))], axis=-1)
        m = ops.expand_dims(ops.linalg.inv(ops.reshape(matrices, (-1, 3, 3))), (1, 2))
        across, down, depth = (m[..., i, 0] * x + m[..., i, 1] * y + m[..., i, 2] for i in range(3))
        return across / depth, down / depth
