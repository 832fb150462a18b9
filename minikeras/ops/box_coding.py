"""Bounding boxes as differences from anchors, which detectors predict.

With centres (x, y) and sizes (w, h), those of the anchor with an index a:
    deltas = ((x − xₐ) / wₐ, (y − yₐ) / hₐ, log(w / wₐ), log(h / hₐ)) / variance
(Ren, He, Girshick & Sun, "Faster R-CNN", 2015, section 3.1.2.)
"""

from minikeras.config import epsilon
from minikeras.ops.box_formats import convert_format
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.exponential import exp, log
from minikeras.ops.extrema import maximum
from minikeras.ops.joining import concatenate

ENCODINGS = ("center_xywh", "center_yxhw")


def encode_box_to_deltas(
    anchors, boxes, anchor_format, box_format, encoding_format="center_yxhw", variance=None, image_shape=None
):
    """The differences of boxes from anchors; see the module docstring.

    Args:
        anchors: (boxes, 4).
        boxes: (boxes, 4) or (batch, boxes, 4).
        anchor_format, box_format: their formats.
        encoding_format: "center_yxhw" or "center_xywh", the order of the differences.
        variance: four numbers to divide by; None for ones.
        image_shape: (height, width, channels), for relative formats.

    Raises:
        ValueError: another encoding format, or not four variances.
    """
    variance = _checked_variance(variance)
    _check_encoding("encoding_format", encoding_format)
    size = _size(image_shape)
    anchors = convert_format(anchors, anchor_format, encoding_format, *size)
    boxes = convert_format(boxes, box_format, encoding_format, *size)
    anchor_lengths, lengths = maximum(anchors[..., 2:], epsilon()), maximum(boxes[..., 2:], epsilon())
    offsets = (boxes[..., :2] - anchors[..., :2]) / anchor_lengths
    deltas = concatenate([offsets, log(lengths / anchor_lengths)], axis=-1)
    return deltas if variance is None else deltas / variance


def decode_deltas_to_boxes(
    anchors, boxes_delta, anchor_format, box_format, encoded_format="center_yxhw", variance=None, image_shape=None
):
    """The boxes whose differences from the anchors are `boxes_delta`; see the module docstring.

    Args:
        anchors: (boxes, 4), or a dict of them by level.
        boxes_delta: (boxes, 4) or (batch, boxes, 4), or a dict of them by level.
        anchor_format, box_format: the formats of the anchors and of the result.
        encoded_format: "center_yxhw" or "center_xywh", the order of the differences.
        variance: four numbers by which the differences were divided; None for ones.
        image_shape: (height, width, channels), for relative formats.

    Raises:
        ValueError: another encoding format, or not four variances.
    """
    variance = _checked_variance(variance)
    _check_encoding("encoded_format", encoded_format)
    size = _size(image_shape)

    def decode(anchors, deltas):
        anchors = convert_format(anchors, anchor_format, encoded_format, *size)
        deltas = convert_to_tensor(deltas)
        if variance is not None:
            deltas = deltas * variance
        lengths = anchors[..., 2:]
        boxes = [deltas[..., :2] * lengths + anchors[..., :2], exp(deltas[..., 2:]) * lengths]
        return convert_format(concatenate(boxes, axis=-1), encoded_format, box_format, *size)

    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        return {level: decode(anchors[level], boxes_delta[level]) for level in anchors}
    return decode(anchors, boxes_delta)


def _checked_variance(variance):
    if variance is None:
        return None
    variance = convert_to_tensor(variance, "float32")
    if not variance.shape or variance.shape[-1] != 4:
        raise ValueError(f"`variance` must be length 4. Received: variance.shape={tuple(variance.shape)}")
    return variance


def _check_encoding(argument, name):
    if name not in ENCODINGS:
        raise ValueError(f"`{argument}` must be one of {ENCODINGS}. Received: {argument}={name!r}")


def _size(image_shape):
    """(height, width), or (None, None)."""
    return (None, None) if image_shape is None else tuple(image_shape)[:2]
