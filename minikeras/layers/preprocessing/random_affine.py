"""The base of layers that rotate, shift, scale or shear images: an affine matrix per image, and a fill mode."""

import math

from minikeras import ops
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")


class RandomAffine(RandomImageLayer):
    """Base class of the layers whose pixel (x, y) comes from (a·x + b·y + c, d·x + e·y + f), with coefficients per
    image.

    Subclasses define `_matrices(transformation, images_shape)`.

    Args:
        fill_mode: values outside the image: "reflect", "wrap", "constant" or "nearest" (see
            `ops.image.affine_transform`).
        interpolation: "nearest" or "bilinear".
        seed: integer for the same transformations in every run.
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".

    Raises:
        NotImplementedError: an unknown mode, as in Keras.
    """

    def __init__(
        self, fill_mode="reflect", interpolation="bilinear", seed=None, fill_value=0.0, data_format=None, **kwargs
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if fill_mode not in FILL_MODES:
            raise NotImplementedError(f"Unknown `fill_mode` {fill_mode!r}. Expected one of {FILL_MODES}.")
        if interpolation not in INTERPOLATIONS:
            raise NotImplementedError(f"Unknown `interpolation` {interpolation!r}. Expected one of {INTERPOLATIONS}.")
        self.fill_mode = fill_mode
        self.interpolation = interpolation
        self.fill_value = fill_value

    def _matrices(self, transformation, images_shape):
        """A row (a, b, c, d, e, f, 0, 0) for each image."""
        raise NotImplementedError

    def _transform_images(self, images, transformation, interpolation):
        if transformation is None:
            return images
        return ops.image.affine_transform(
            images,
            self._matrices(transformation, images.shape),
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )

    def get_transformed_x_y(self, x, y, transform):
        """The coordinates (x, y) from which pixel (x, y) comes, for rows of coefficients (batch, 8)."""
        a, b, c, d, e, f, g, h = ops.split(transform, 8, axis=-1)
        depth = g * x + h * y + 1
        return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth

    def get_shifted_bbox(self, bounding_boxes, w_shift_factor, h_shift_factor):
        """Boxes (batch, boxes, 4) of the format "xyxy" moved to the left and up; both amounts are (batch, 1)."""
        x1, y1, x2, y2 = ops.split(bounding_boxes["boxes"], 4, axis=-1)
        right, down = (per_box(shift, bounding_boxes["boxes"]) for shift in (w_shift_factor, h_shift_factor))
        boxes = ops.concatenate([x1 - right, y1 - down, x2 - right, y2 - down], axis=-1)
        return {**bounding_boxes, "boxes": boxes}


def per_box(number, boxes):
    """Numbers (batch, 1) as (batch, 1, 1), if the boxes are (batch, boxes, 4)."""
    number = ops.convert_to_tensor(number, dtype=boxes.dtype)
    return ops.expand_dims(number, -1) if len(boxes.shape) == 3 else number


def affine_rows(a, b, c, d, e, f):
    """Rows (a, b, c, d, e, f, 0, 0) of columns (batch, 1)."""
    zeros = ops.zeros_like(a)
    return ops.concatenate([a, b, c, d, e, f, zeros, zeros], axis=1)


def rotation_rows(degrees, height, width):
    """Rows that rotate images around their centre; `degrees` (batch, 1).

    a = e = cos α, d = −b = sin α, and c, f such that the centre is fixed.
    """
    angle = degrees * (math.pi / 180.0)
    cos, sin = ops.cos(angle), ops.sin(angle)
    x, y = 0.5 * (width - 1), 0.5 * (height - 1)
    return affine_rows(cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos)
