"""Bounding boxes moved along with their images: cropped, padded, turned, scaled and sheared."""

import math

from minikeras.ops.box_formats import only_corners
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.extrema import clip
from minikeras.ops.joining import concatenate, split, stack
from minikeras.ops.reduction import max as max_over
from minikeras.ops.reduction import min as min_over
from minikeras.ops.trigonometric import cos, sin, tan


def crop(boxes, top, left, height, width, bounding_box_format="xyxy"):
    """Boxes in a part of the image, `height` by `width` from (top, left) on, and cut off at its edges.

    Raises:
        NotImplementedError: a format other than "xyxy", as in Keras.
    """
    only_corners("crop", bounding_box_format)
    x1, y1, x2, y2 = split(convert_to_tensor(boxes), 4, axis=-1)
    return concatenate(
        [
            clip(x1 - left, 0, width),
            clip(y1 - top, 0, height),
            clip(x2 - left, 0, width),
            clip(y2 - top, 0, height),
        ],
        axis=-1,
    )


def pad(boxes, top, left, height=None, width=None, bounding_box_format="xyxy"):
    """Boxes in an image with `top` more rows above and `left` more columns on the left.

    `height` and `width`, the sizes of the new image, change nothing, as in Keras: no box leaves the larger image.

    Raises:
        NotImplementedError: a format other than "xyxy", as in Keras.
    """
    only_corners("pad", bounding_box_format)
    x1, y1, x2, y2 = split(convert_to_tensor(boxes), 4, axis=-1)
    return concatenate([x1 + left, y1 + top, x2 + left, y2 + top], axis=-1)


def affine_transform(
    boxes,
    angle,
    translate_x,
    translate_y,
    scale,
    shear_x,
    shear_y,
    height,
    width,
    center_x=None,
    center_y=None,
    bounding_box_format="xyxy",
):
    """The smallest upright boxes around turned, shifted, scaled and sheared boxes.

    Args:
        boxes: (batch, boxes, 4).
        angle: degrees for each image, (batch,), as are the next five.
        translate_x, translate_y: fractions of width − 1 and height − 1.
        scale: factor.
        shear_x, shear_y: degrees.
        height, width: of the images.
        center_x, center_y: the fixed point as fractions of width − 1 and height − 1; 0.5 if None.

    Raises:
        NotImplementedError: a format other than "xyxy", as in Keras.
    """
    only_corners("affine_transform", bounding_box_format)
    angle = convert_to_tensor(angle)
    numbers = [convert_to_tensor(x) for x in (translate_x, translate_y, scale, shear_x, shear_y)]
    centre = [0.5 if x is None else x for x in (center_x, center_y)]
    matrix = _inverse_affine(angle, *numbers, height, width, *centre)
    a, b, c, d, e, f = (number[:, None, None] for number in matrix)
    x1, y1, x2, y2 = split(cast(boxes, angle.dtype), 4, axis=-1)
    x, y = concatenate([x1, x2, x2, x1], axis=-1), concatenate([y1, y1, y2, y2], axis=-1)
    across, down = x * a + y * b + c, x * d + y * e + f
    return stack(
        [min_over(across, axis=-1), min_over(down, axis=-1), max_over(across, axis=-1), max_over(down, axis=-1)],
        axis=-1,
    )


def _inverse_affine(angle, translate_x, translate_y, scale, shear_x, shear_y, height, width, center_x, center_y):
    """(a, b, c, d, e, f): a point (x, y) moves to (a·x + b·y + c, d·x + e·y + f).

    With α, σ, τ the negative angle and shears, the rotation and shears without scale are (p, q; r, s) with
    p = cos(α−τ)/cos τ, q = p·tan σ + sin α, r = −sin(α−τ)/cos τ, s = cos α − r·tan σ. The result is (s, −q; −r, p),
    times `scale`, around the centre: the inverse, if σ = 0. Else the determinant is 1 − 2·p·r·tan σ, and boxes are
    larger or smaller than their images' parts, as in Keras.
    """
    radians = math.pi / 180.0
    turn, x_shear, y_shear = -angle * radians, -shear_x * radians, -shear_y * radians
    x, y = center_x * (width - 1), center_y * (height - 1)
    moved_x, moved_y = x - translate_x * (width - 1), y - translate_y * (height - 1)
    p = cos(turn - y_shear) / cos(y_shear)
    q = p * tan(x_shear) + sin(turn)
    r = -sin(turn - y_shear) / cos(y_shear)
    s = cos(turn) - r * tan(x_shear)
    a, b, d, e = s * scale, -q * scale, -r * scale, p * scale
    return a, b, x - a * moved_x - b * moved_y, d, e, y - d * moved_x - e * moved_y
