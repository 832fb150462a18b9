"""`RandomFlip`: mirrors images."""

from minikeras import ops
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer
from minikeras.ops.box_formats import clip_to_image_size, convert_format

MODES = ("horizontal", "vertical", "horizontal_and_vertical")


class RandomFlip(RandomImageLayer):
    """In training each image is mirrored with probability 1/2; with "horizontal_and_vertical" both ways at once.

    Args:
        mode: "horizontal", "vertical" or "horizontal_and_vertical".
        seed: integer for the same flips in every run.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: an unknown mode.
    """

    def __init__(self, mode="horizontal_and_vertical", seed=None, data_format=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if mode not in MODES:
            raise ValueError(f"`mode` must be one of {MODES}. Received: mode={mode!r}")
        self.mode = mode

    def get_random_transformation(self, data, training=True, seed=None):
        """ "flips": whether to mirror each image."""
        if not training:
            return None
        flips = self._uniform(self._per_image(data), 0.0, 1.0, seed) <= 0.5
        return {"flips": flips, "input_shape": self._images_shape(data)}

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training or transformation is None:
            return images
        axes = {"horizontal": (self.width_axis,), "vertical": (self.height_axis,)}
        flipped = ops.flip(images, axis=axes.get(self.mode, (self.height_axis, self.width_axis)))
        return ops.where(transformation["flips"], flipped, images)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        return self.transform_images(segmentation_masks, transformation, training=training)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        if not training or transformation is None:
            return bounding_boxes
        height, width = self._size(transformation["input_shape"])
        result = convert_format(bounding_boxes, self.bounding_box_format, "rel_xyxy", height, width)
        x1, y1, x2, y2 = ops.split(result["boxes"], 4, axis=-1)
        if self.mode != "vertical":
            x1, x2 = 1 - x2, 1 - x1
        if self.mode != "horizontal":
            y1, y2 = 1 - y2, 1 - y1
        flips = ops.squeeze(transformation["flips"], axis=-1)
        boxes = ops.where(flips, ops.concatenate([x1, y1, x2, y2], axis=-1), result["boxes"])
        # as in Keras, the fractions are clipped to the height and width in pixels
        result = clip_to_image_size({**result, "boxes": boxes}, height, width)
        return convert_format(result, "rel_xyxy", self.bounding_box_format, height, width)
