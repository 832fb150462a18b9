"""Bounding boxes drawn on images."""

import numpy as np

from minikeras.base.optional_packages import optional_module
from minikeras.ops.conversion import data_array
from minikeras.utils.bounding_boxes import convert_format
from minikeras.visualization.image_batches import image_batch

ABSENT = -1  # the label of boxes that are padding


def draw_bounding_boxes(images, bounding_boxes, bounding_box_format, class_mapping=None, color=(128, 128, 128),
                        line_thickness=2, text_thickness=1, font_scale=1.0, data_format=None):  # fmt: skip
    """Draw boxes on images, with the names of their classes above them. Needs OpenCV, as in Keras.

    Args:
        images: (batch, height, width, 3); floats up to 1 count as fractions of 255.
        bounding_boxes: {"boxes": (batch, n, 4), "labels": (batch, n), and perhaps "confidences": (batch, n)}. Boxes
            with the label −1 are not drawn.
        bounding_box_format: such as "xyxy", see `keras.utils.bounding_boxes.convert_format`.
        class_mapping: {label: its name}; for other labels no name is written.
        color: (red, green, blue) of lines and text.
        line_thickness, text_thickness: in pixels.
        font_scale: size of the text; 1 is about 22 pixels.

    Returns:
        (batch, height, width, 3), uint8.

    Raises:
        ImportError: OpenCV is not installed.
        ValueError: the images are not a batch, or boxes or labels are missing.
        TypeError: the boxes are not a dict.
    """
    cv2 = optional_module("cv2", "`draw_bounding_boxes`", "opencv-python-headless")
    images = _as_bytes(image_batch(images, data_format))
    _check(bounding_boxes)
    height, width = images.shape[1:3]
    boxes = data_array(convert_format(bounding_boxes["boxes"], bounding_box_format, "xyxy", height, width))
    labels = data_array(bounding_boxes["labels"]).astype(int)
    confidences = bounding_boxes.get("confidences")
    confidences = None if confidences is None else data_array(confidences)
    for image, number in zip(images, range(len(images)), strict=True):
        for k, (x1, y1, x2, y2) in enumerate(boxes[number].astype("int32").tolist()):
            label = int(labels[number, k])
            if label == ABSENT:
                continue
            cv2.rectangle(image, (x1, y1), (x2, y2), color, line_thickness)
            if class_mapping and label in class_mapping:
                text = class_mapping[label]
                text = text if confidences is None else f"{text} | {confidences[number, k]:.2f}"
                thickness = text_thickness or line_thickness
                place = _text_place(x1, y1, font_scale, thickness)
                cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, font_scale, color, thickness)
    return images


def _as_bytes(images):
    """A copy as uint8."""
    if images.dtype.kind == "f" and images.size and images.max() <= 1:
        images = images * 255
    return np.array(np.clip(images, 0, 255), np.uint8, order="C")


def _check(bounding_boxes):
    if not isinstance(bounding_boxes, dict):
        raise TypeError(
            f"`bounding_boxes` must be a dict with 'boxes' and 'labels'. Received: {type(bounding_boxes).__name__}"
        )
    missing = [name for name in ("boxes", "labels") if name not in bounding_boxes]
    if missing:
        raise ValueError(f"`bounding_boxes` must have 'boxes' and 'labels'. Missing: {missing}")


def _text_place(x, y, font_scale, thickness):
    """The left end of the baseline: above the box, or inside where there is no space above."""
    font_height = int(font_scale * 12)
    if y - 8 - 2 * font_height > 0:
        return x, y - 8
    return x + 3, y + 2 * font_height + thickness + 3
