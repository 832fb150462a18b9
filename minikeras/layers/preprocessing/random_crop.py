"""`RandomCrop`: crops images at a random position."""

import numpy as np

from minikeras import ops
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer
from minikeras.ops.box_formats import convert_format
from minikeras.random.seed_generator import make_default_seed


class RandomCrop(RandomImageLayer):
    """In training, crops all images of a batch at one random position; in inference, returns the images unchanged.

    Images not larger than the crop along both axes are cropped at the centre and resized.

    Args:
        height, width: of the crop.
        seed: integer for the same positions in every run.
        data_format: "channels_last" or "channels_first".
    """

    def __init__(self, height, width, seed=None, data_format=None, name=None, **kwargs):
        kept = make_default_seed() if seed is None else seed  # Keras always stores a seed in the config
        super().__init__(seed=seed, data_format=data_format, name=name, **kwargs)
        self.seed = kept
        self.autocast = False  # in inference the images keep their dtype
        self.height = height
        self.width = width

    def get_random_transformation(self, data, training=True, seed=None):
        """(top, left) of the crop.

        Raises:
            ValueError: height or width of the images are unknown.
        """
        shape = self._images_shape(data)
        height, width = shape[self.height_axis], shape[self.width_axis]
        if height is None or width is None:
            raise ValueError(
                f"RandomCrop layer '{self.name}' must know the height and width of its images. "
                f"Received: images.shape={shape}"
            )
        if training and height > self.height and width > self.width:
            return self._random_offset(height - self.height, seed), self._random_offset(width - self.width, seed)
        rows = max(min(height, int(float(width * self.height) / self.width)), 1)
        columns = max(min(width, int(float(height * self.width) / self.height)), 1)
        return (height - rows) // 2, (width - columns) // 2

    def _random_offset(self, last, seed):
        """An integer uniform in 0 … last."""
        return ops.cast(self._uniform((), 0.0, float(last + 1), seed), "int32")

    def transform_images(self, images, transformation, training=True):
        if not training:
            return images
        images = ops.cast(images, self.compute_dtype)
        top, left = transformation
        images = _part(images, self.height_axis, top, self.height)
        images = _part(images, self.width_axis, left, self.width)
        if (images.shape[self.height_axis], images.shape[self.width_axis]) == (self.height, self.width):
            return images
        return ops.image.resize(images, (self.height, self.width), data_format=self.data_format)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        return self.transform_images(segmentation_masks, transformation)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """Boxes shifted into the crop, and clipped at its top and left edges.

        As in Keras, the row offset is subtracted from x and the column offset from y (docs/surprises.md).
        """
        if not training:
            return bounding_boxes
        size = self.height, self.width
        boxes = convert_format(bounding_boxes["boxes"], self.bounding_box_format, "xyxy", *size)
        top, left = (ops.cast(start, boxes.dtype) for start in transformation)
        numbers = ops.split(boxes, 4, axis=-1)
        numbers = [ops.maximum(x - start, 0) for x, start in zip(numbers, (top, left, top, left), strict=True)]
        boxes = convert_format(ops.concatenate(numbers, axis=-1), "xyxy", self.bounding_box_format, *size)
        return {"boxes": boxes, "labels": bounding_boxes["labels"]}

    def compute_output_shape(self, input_shape, *args, **kwargs):
        return self._with_size(input_shape, self.height, self.width)


def _part(images, axis, start, length):
    """Up to `length` rows or columns from `start` on, which may be a tensor."""
    length = min(length, images.shape[axis] if ops.is_tensor(start) else images.shape[axis] - start)
    return ops.take(images, start + np.arange(length, dtype="int32"), axis=axis)
