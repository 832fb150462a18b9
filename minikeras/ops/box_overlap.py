"""How much bounding boxes overlap: intersection over union, and its complete form."""

import math

from minikeras.config import epsilon
from minikeras.ops.box_formats import RELATIVE, convert_format
from minikeras.ops.comparison import logical_or
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.creation import ones_like
from minikeras.ops.extrema import maximum, minimum
from minikeras.ops.indexing import where
from minikeras.ops.joining import split
from minikeras.ops.reduction import max as max_over
from minikeras.ops.shaping import squeeze, swapaxes
from minikeras.ops.trigonometric import arctan


def compute_iou(boxes1, boxes2, bounding_box_format, use_masking=False, mask_val=-1, image_shape=None):
    """Intersection over union of each box of one list with each of another.

    Args:
        boxes1: (n, 4) or (batch, n, 4).
        boxes2: (m, 4) or (batch, m, 4).
        bounding_box_format: of both.
        use_masking: whether pairs with a box of negative numbers only, as padding, get `mask_val`.
        mask_val: for such pairs.
        image_shape: (height, width, channels), for relative formats.

    Returns:
        (n, m) or (batch, n, m).

    Raises:
        ValueError: another number of axes, or `image_shape` is missing.
    """
    boxes1, boxes2 = convert_to_tensor(boxes1), convert_to_tensor(boxes2)
    for name, boxes in (("boxes1", boxes1), ("boxes2", boxes2)):
        if len(boxes.shape) not in (2, 3):
            raise ValueError(
                f"`{name}` must be (boxes, 4) or (batch, boxes, 4). Received: {name}.shape={tuple(boxes.shape)}"
            )
    if RELATIVE.rstrip("_") in bounding_box_format and image_shape is None:
        raise ValueError(
            f"The `image_shape` argument must be provided for boxes of the format {bounding_box_format!r}. "
            "Received: image_shape=None"
        )
    size = (None, None) if image_shape is None else tuple(image_shape)[:2]
    boxes1, boxes2 = (convert_format(boxes, bounding_box_format, "xyxy", *size) for boxes in (boxes1, boxes2))
    a = split(boxes1, 4, axis=-1)
    b = [swapaxes(number, -1, -2) for number in split(boxes2, 4, axis=-1)]
    shared = _overlap(a, b)
    union = _area(*a) + _area(*b) - shared
    result = shared / (union + epsilon())
    if not use_masking:
        return result
    padded = max_over(boxes1, axis=-1, keepdims=True) < 0.0
    other_padded = swapaxes(max_over(boxes2, axis=-1, keepdims=True) < 0.0, -1, -2)
    return where(logical_or(padded, other_padded), cast(mask_val, result.dtype) * ones_like(result), result)


def compute_ciou(boxes1, boxes2, bounding_box_format, image_shape=None):
    """Complete intersection over union of boxes, pair by pair: 1 for equal boxes, down to −1.5 for unlike ones.

    IoU − d²/c² − α·v, with d the distance of the centres, c the diagonal of the smallest box around both,
    v = 4/π² · (arctan(w₂/h₂) − arctan(w₁/h₁))² and α = v / (v − IoU + 1). (Zheng et al., 2020)

    Args:
        boxes1, boxes2: (…, 4), of shapes that broadcast.
        bounding_box_format: of both; relative formats are refused, as in Keras.
        image_shape: (height, width, channels); not needed for the formats that are allowed.

    Raises:
        ValueError: a relative format.
    """
    if RELATIVE.rstrip("_") in bounding_box_format:
        raise ValueError(
            "`compute_ciou` takes absolute formats: convert the boxes by `convert_format`. "
            f"Received: bounding_box_format={bounding_box_format!r}"
        )
    size = (None, None) if image_shape is None else tuple(image_shape)[:2]
    boxes1, boxes2 = (convert_format(boxes, bounding_box_format, "xyxy", *size) for boxes in (boxes1, boxes2))
    a, b = split(boxes1, 4, axis=-1), split(boxes2, 4, axis=-1)
    w1, h1, w2, h2 = a[2] - a[0], a[3] - a[1] + epsilon(), b[2] - b[0], b[3] - b[1] + epsilon()
    shared = _overlap(a, b)
    union = w1 * h1 + w2 * h2 - shared + epsilon()
    iou = squeeze(shared / (union + epsilon()), axis=-1)
    width, height = (maximum(a[i + 2], b[i + 2]) - minimum(a[i], b[i]) for i in (0, 1))
    diagonal = squeeze(width**2 + height**2 + epsilon(), axis=-1)
    between = [(a[i] + a[i + 2]) / 2 - (b[i] + b[i + 2]) / 2 for i in (0, 1)]
    distance = squeeze(between[0] ** 2 + between[1] ** 2, axis=-1)
    v = squeeze((4 / math.pi**2) * (arctan(w2 / h2) - arctan(w1 / h1)) ** 2, axis=-1)
    alpha = v / (v - iou + (1 + epsilon()))
    return iou - (distance / diagonal + v * alpha)


def _overlap(a, b):
    """The area that boxes (left, top, right, bottom) have in common."""
    width = maximum(minimum(a[2], b[2]) - maximum(a[0], b[0]), 0)
    return width * maximum(minimum(a[3], b[3]) - maximum(a[1], b[1]), 0)


def _area(left, top, right, bottom):
    return (bottom - top) * (right - left)
