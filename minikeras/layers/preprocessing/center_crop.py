"""`CenterCrop`: crops images to their centre."""

from minikeras import ops
from minikeras.layers.preprocessing.image_layer import ImageLayer
from minikeras.layers.preprocessing.number_arguments import integer
from minikeras.ops.box_formats import clip_to_image_size, convert_format
from minikeras.ops.box_transforms import crop


class CenterCrop(ImageLayer):
    """Crops images to their centre, in training and inference alike.

    Images smaller than the crop are cropped to its aspect ratio, then resized.

    Args:
        height, width: of the crop.
        data_format: "channels_last" or "channels_first".
    """

    def __init__(self, height, width, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.height = integer("height", height)
        self.width = integer("width", width)

    def get_random_transformation(self, data, training=True, seed=None):
        """The images' shape; nothing is random here."""
        return {"input_shape": self._images_shape(data)}

    def transform_images(self, images, transformation=None, training=True):
        images = ops.cast(images, self.compute_dtype)
        top, left = images.shape[self.height_axis] - self.height, images.shape[self.width_axis] - self.width
        if top < 0 or left < 0:
            size = (self.height, self.width)
            return ops.image.resize(images, size, crop_to_aspect_ratio=True, data_format=self.data_format)
        index = [slice(None)] * len(images.shape)
        index[self.height_axis] = slice(top // 2, top // 2 + self.height)
        index[self.width_axis] = slice(left // 2, left // 2 + self.width)
        return images[tuple(index)]

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        return self.transform_images(segmentation_masks, transformation, training=training)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        height, width = self._size(transformation["input_shape"])
        result = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", height, width)
        if height >= self.height and width >= self.width:
            part = self.height, self.width
        else:
            part = (
                max(min(height, int(float(width * self.height) / self.width)), 1),
                max(min(width, int(float(height * self.width) / self.height)), 1),
            )
        boxes = crop(result["boxes"], (height - part[0]) // 2, (width - part[1]) // 2, *part)
        result = {**result, "boxes": boxes}
        if part != (self.height, self.width):
            result = convert_format(result, "xyxy", "rel_xyxy", *part)
            result = convert_format(result, "rel_xyxy", "xyxy", self.height, self.width)
        result = clip_to_image_size(result, self.height, self.width)
        return convert_format(result, "xyxy", self.bounding_box_format, self.height, self.width)

    def compute_output_shape(self, input_shape):
        return self._with_size(input_shape, self.height, self.width)
