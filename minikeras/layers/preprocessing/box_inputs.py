"""Bounding boxes as inputs of image layers: arrays, or lists and ragged tensors if images have different counts."""

from minikeras import ops
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.tensors.ragged import RaggedTensor

NO_BOX, NO_LABEL = 0, -1  # padding for images with fewer boxes than others


def dense_boxes(bounding_boxes):
    """{"boxes": float32 (…, boxes, 4), "labels": (…, boxes)}; images with fewer boxes get boxes of zeros, labelled −1.

    Raises:
        ValueError: "boxes" or "labels" is missing, or their shapes do not match.
    """
    if not isinstance(bounding_boxes, dict) or not {"boxes", "labels"} <= set(bounding_boxes):
        raise ValueError(
            "Expected `bounding_boxes` to be a dict with the keys 'boxes' and 'labels'. Received: "
            f"{sorted(bounding_boxes) if isinstance(bounding_boxes, dict) else type(bounding_boxes).__name__}"
        )
    boxes, labels = bounding_boxes["boxes"], bounding_boxes["labels"]
    if isinstance(boxes, RaggedTensor) != isinstance(labels, RaggedTensor):
        raise ValueError("'boxes' and 'labels' of bounding boxes must both be ragged, or neither of them.")
    if isinstance(boxes, RaggedTensor):
        boxes, labels = boxes.to_tensor(NO_BOX), labels.to_tensor(NO_LABEL)
    elif isinstance(boxes, list) and isinstance(labels, list):
        boxes, labels = _filled(boxes, labels)
    if not isinstance(boxes, KerasTensor):
        boxes, labels = ops.convert_to_tensor(boxes, "float32"), ops.convert_to_tensor(labels)
    _check_shapes(tuple(boxes.shape), tuple(labels.shape))
    return {**bounding_boxes, "boxes": boxes, "labels": labels}


def _filled(boxes, labels):
    """Lists of equal lengths."""
    if [len(x) for x in boxes] == [len(x) for x in labels if isinstance(x, list)] and len(boxes) == len(labels):
        most = max((len(x) for x in boxes), default=0)
        boxes = [[*x, *[[NO_BOX] * 4] * (most - len(x))] for x in boxes]
        labels = [[*x, *[NO_LABEL] * (most - len(x))] for x in labels]
    return boxes, labels


def _check_shapes(boxes, labels):
    if len(boxes) not in (2, 3) or boxes[-1] not in (4, None) or len(labels) not in (len(boxes) - 1, len(boxes)):
        raise ValueError(
            "Bounding boxes need 'boxes' (boxes, 4) with 'labels' (boxes,), or (batch, boxes, 4) with (batch, boxes). "
            f"Received: boxes.shape={boxes}, labels.shape={labels}"
        )
