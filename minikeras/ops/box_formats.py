"""Formats of bounding boxes: conversion between them, and clipping to the image.

| format | the four numbers |
| --- | --- |
| xyxy, yxyx | left, top, right, bottom; the same with y first |
| xywh | left, top, width, height |
| center_xywh, center_yxhw | the centre and the size; the same with y first |
| rel_xyxy, rel_yxyx, rel_xywh, rel_center_xywh | fractions of the image's width and height |
"""

from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.extrema import clip
from minikeras.ops.indexing import where
from minikeras.ops.joining import concatenate, split
from minikeras.ops.shaping import squeeze

# format without "rel_": (the kind of the last two numbers, whether y comes first)
LAYOUTS = {
    "xyxy": ("corner", False),
    "yxyx": ("corner", True),
    "xywh": ("size", False),
    "center_xywh": ("size around centre", False),
    "center_yxhw": ("size around centre", True),
}
RELATIVE = "rel_"
FORMATS = (*LAYOUTS, *[RELATIVE + name for name in ("xyxy", "yxyx", "xywh", "center_xywh")])


def convert_format(boxes, source, target, height=None, width=None, dtype="float32"):
    """Boxes in another format.

    Args:
        boxes: (…, 4), or a dict with such "boxes"; its other entries stay.
        source, target: names of formats, see the module docstring; upper and lower case are the same.
        height, width: of the images, for relative formats: numbers, or tensors that broadcast with (…, 1).
        dtype: of the result.

    Raises:
        ValueError: an unknown format, not four numbers each, or an image size is missing.
    """
    if isinstance(boxes, dict):
        return {**boxes, "boxes": convert_format(boxes["boxes"], source, target, height, width, dtype)}
    boxes = convert_to_tensor(boxes)
    if boxes.shape[-1] != 4:
        raise ValueError(f"`boxes` must have a last dimension of 4. Received: boxes.shape={tuple(boxes.shape)}")
    source, target = _known_format(source, "source"), _known_format(target, "target")
    relative = source.startswith(RELATIVE), target.startswith(RELATIVE)
    if any(relative) and (height is None or width is None):
        raise ValueError(
            f"A conversion from {source!r} to {target!r} must receive `height` and `width` of the images. "
            f"Received: height={height}, width={width}"
        )
    boxes = cast(boxes, dtype)
    if source == target:
        return boxes
    size = None if relative[0] == relative[1] else (cast(width, dtype), cast(height, dtype))
    numbers = _corners(split(boxes, 4, axis=-1), source.removeprefix(RELATIVE))
    if size is not None and relative[0]:
        numbers = [number * length for number, length in zip(numbers, (*size, *size), strict=True)]
    numbers = _from_corners(numbers, target.removeprefix(RELATIVE))
    if size is not None and relative[1]:
        size = size[::-1] if LAYOUTS[target.removeprefix(RELATIVE)][1] else size
        numbers = [number / length for number, length in zip(numbers, (*size, *size), strict=True)]
    return concatenate(numbers, axis=-1)


def _known_format(name, argument):
    if not isinstance(name, str) or name.lower() not in FORMATS:
        raise ValueError(
            f"Invalid source or target format. Supported formats: {FORMATS}. Received: {argument}={name!r}"
        )
    return name.lower()


def _corners(numbers, layout):
    """[left, top, right, bottom] of the four numbers of a format."""
    kind, y_first = LAYOUTS[layout]
    a, b, c, d = (numbers[i] for i in ((1, 0, 3, 2) if y_first else (0, 1, 2, 3)))
    if kind == "corner":
        return [a, b, c, d]
    if kind == "size":
        return [a, b, a + c, b + d]
    return [a - c / 2.0, b - d / 2.0, a + c / 2.0, b + d / 2.0]


def _from_corners(corners, layout):
    """The four numbers of a format."""
    left, top, right, bottom = corners
    kind, y_first = LAYOUTS[layout]
    numbers = corners
    if kind != "corner":
        numbers = [left, top, right - left, bottom - top]
    if kind == "size around centre":
        numbers[:2] = left + (right - left) / 2.0, top + (bottom - top) / 2.0
    return [numbers[i] for i in ((1, 0, 3, 2) if y_first else (0, 1, 2, 3))]


def clip_to_image_size(bounding_boxes, height=None, width=None, bounding_box_format="xyxy"):
    """Boxes cut off at the edges of the image; the labels of boxes without area become −1.

    Args:
        bounding_boxes: dict with "boxes" (…, 4) and optionally "labels" (…).
        height, width: of the images, for "xyxy".
        bounding_box_format: "xyxy" or "rel_xyxy".

    Raises:
        NotImplementedError: another format, as in Keras.
        ValueError: an image size is missing.
    """
    only_corners("clip_to_image_size", bounding_box_format, ("xyxy", "rel_xyxy"))
    if bounding_box_format == "rel_xyxy":
        height = width = 1.0
    if height is None or width is None:
        raise ValueError(
            f"`height` and `width` must be set for boxes of the format 'xyxy'. Received: height={height}, width={width}"
        )
    boxes = convert_to_tensor(bounding_boxes["boxes"])
    right, bottom = cast(width, boxes.dtype), cast(height, boxes.dtype)
    x1, y1, x2, y2 = split(boxes, 4, axis=-1)
    x1, y1, x2, y2 = clip(x1, 0, right), clip(y1, 0, bottom), clip(x2, 0, right), clip(y2, 0, bottom)
    result = {**bounding_boxes, "boxes": concatenate([x1, y1, x2, y2], axis=-1)}
    if bounding_boxes.get("labels") is not None:
        area = squeeze((x2 - x1) * (y2 - y1), axis=-1)
        result["labels"] = where(area > 0, convert_to_tensor(bounding_boxes["labels"]), -1)
    return result


def only_corners(function, bounding_box_format, formats=("xyxy",)):
    """Refuse formats that a function does not take.

    Raises:
        NotImplementedError: the format is not in `formats`.
    """
    if bounding_box_format not in formats:
        raise NotImplementedError(
            f"`{function}` takes boxes of the format {' or '.join(map(repr, formats))}; convert them by "
            f"`convert_format`. Received: bounding_box_format={bounding_box_format!r}"
        )
