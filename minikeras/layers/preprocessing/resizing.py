"""`Resizing`: resizes images."""

from minikeras import ops
from minikeras.layers.preprocessing.image_layer import ImageLayer
from minikeras.ops.box_formats import clip_to_image_size, convert_format


class Resizing(ImageLayer):
    """Resizes images, in training and inference alike; their dtype is kept.

    Args:
        height, width: the new size.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5" or "area". Segmentation masks always
            use "nearest".
        crop_to_aspect_ratio: crop the images to the new aspect ratio first, so that nothing is stretched.
        pad_to_aspect_ratio: pad them to the new aspect ratio instead.
        fill_mode: only "constant".
        fill_value: the border's value.
        antialias: whether a reduction averages over all pixels that an output covers.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: when called: an unknown interpolation or fill mode, or both ways of keeping the aspect ratio.
    """

    def __init__(
        self,
        height,
        width,
        interpolation="bilinear",
        crop_to_aspect_ratio=False,
        pad_to_aspect_ratio=False,
        fill_mode="constant",
        fill_value=0.0,
        antialias=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.height = height
        self.width = width
        self.interpolation = interpolation
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = fill_mode
        self.fill_value = fill_value
        self.antialias = bool(antialias)

    def transform_images(self, images, transformation=None, training=True):
        return self._transform_images(images, transformation, self.interpolation)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        return self._transform_images(segmentation_masks, transformation, "nearest")

    def get_random_transformation(self, data, training=True, seed=None):
        """The images' (height, width); nothing is random here."""
        shape = self._images_shape(data)
        return shape[self.height_axis], shape[self.width_axis]

    def _transform_images(self, images, transformation, interpolation):
        return ops.image.resize(
            images,
            (self.height, self.width),
            interpolation=interpolation,
            antialias=self.antialias,
            crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """Boxes scaled to the new size; boxes of only zeros or −1 are padding, and become zeros."""
        boxes = bounding_boxes["boxes"]
        padding = ops.logical_or(ops.all(boxes == -1, axis=-1), ops.all(boxes == 0, axis=-1))
        result = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", *transformation)
        x1, y1, x2, y2 = ops.split(result["boxes"], 4, axis=-1)
        scale_y, scale_x, down, right = self._scales(*(ops.cast(length, "float32") for length in transformation))
        numbers = [x1 * scale_x + right, y1 * scale_y + down, x2 * scale_x + right, y2 * scale_y + down]
        boxes = ops.concatenate(numbers, axis=-1)
        result = clip_to_image_size({**result, "boxes": boxes}, self.height, self.width)
        result["boxes"] = ops.where(ops.expand_dims(padding, -1), 0.0, result["boxes"])
        return convert_format(result, "xyxy", self.bounding_box_format, self.height, self.width)

    def _scales(self, height, width):
        """(factor along the height, along the width, then rows and columns to add)."""
        scale_y, scale_x = self.height / height, self.width / width
        if not (self.pad_to_aspect_ratio or self.crop_to_aspect_ratio):
            return scale_y, scale_x, 0, 0
        if self.pad_to_aspect_ratio:
            scale = ops.minimum(scale_y, scale_x)
            return scale, scale, (self.height - height * scale) // 2, (self.width - width * scale) // 2
        ratio = width / height
        wider = ratio > self.width / self.height
        new_width = ops.where(wider, self.height * ratio, float(self.width))
        new_height = ops.where(wider, float(self.height), self.width / ratio)
        down, right = -((new_height - self.height) // 2), -((new_width - self.width) // 2)
        return new_height / height, new_width / width, down, right

    def compute_output_shape(self, input_shape):
        return self._with_size(input_shape, self.height, self.width)
