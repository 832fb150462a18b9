"""`tf.image.non_max_suppression` and related functions, and drawing of boxes in images.

Implementation: `minikeras/ops/non_max_suppression.py` and `boxes.py`.
"""

from typing import NamedTuple

from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.compat.tensorflow.named import named
from minikeras.ops import boxes as box_drawing
from minikeras.ops import non_max_suppression as below

__all__ = [
    "combined_non_max_suppression",
    "draw_bounding_boxes",
    "non_max_suppression",
    "non_max_suppression_overlaps",
    "non_max_suppression_padded",
    "non_max_suppression_with_scores",
]


class CombinedNonMaxSuppression(NamedTuple):
    """The result of `combined_non_max_suppression`."""

    nmsed_boxes: Tensor
    nmsed_scores: Tensor
    nmsed_classes: Tensor
    valid_detections: Tensor


non_max_suppression = named(below.best_boxes, "non_max_suppression")
non_max_suppression_overlaps = named(below.best_of_overlapping, "non_max_suppression_overlaps")
non_max_suppression_with_scores = named(below.best_boxes_with_scores, "non_max_suppression_with_scores")


def non_max_suppression_padded(
    boxes,
    scores,
    max_output_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    pad_to_max_output_size=False,
    name=None,
    sorted_input=False,
    canonicalized_coordinates=False,
    tile_size=512,
):
    """`non_max_suppression`, padded with zeros to `max_output_size` if requested; and how many were kept.

    Args:
        sorted_input, canonicalized_coordinates, tile_size: hints for faster algorithms, not needed here.

    Raises:
        ValueError: a batch of several box sets.
    """
    if len(tensor(boxes).shape) != 2:
        raise ValueError(f"`boxes` must be (n, 4): one image at a time. Received: shape {tuple(tensor(boxes).shape)}")
    kept = non_max_suppression(boxes, scores, max_output_size, iou_threshold, score_threshold)
    count = tensor(len(kept), "int32")
    return (below.padded_to(kept, integers(max_output_size)) if pad_to_max_output_size else kept), count


def combined_non_max_suppression(
    boxes,
    scores,
    max_output_size_per_class,
    max_total_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    pad_per_class=False,
    clip_boxes=True,
    name=None,
):
    """`non_max_suppression` for each class of each image; then the best boxes of all classes are kept in each image.

    Args:
        boxes: (batch, n, q, 4); q is 1 if all classes share the boxes, else the number of classes.
        scores: (batch, n, classes).
        max_output_size_per_class, max_total_size: how many to keep at most.
        pad_per_class: fill up to max_output_size_per_class · classes, if that is less than `max_total_size`.
        clip_boxes: clip boxes to [0, 1].

    Returns:
        (nmsed_boxes, nmsed_scores, nmsed_classes, valid_detections); the first three padded with zeros.
    """
    limits = max_output_size_per_class, max_total_size, iou_threshold, score_threshold
    return CombinedNonMaxSuppression(*below.best_boxes_of_classes(boxes, scores, *limits, pad_per_class, clip_boxes))


def draw_bounding_boxes(images, boxes, colors, name=None):
    """Images with the outlines of boxes, one pixel wide.

    Args:
        images: float (batch, height, width, channels).
        boxes: (batch, n, 4): y1, x1, y2, x2, where 1 is the last row or column.
        colors: (m, channels), used in turn; None for TensorFlow's ten.

    Returns:
        New images. Boxes without area, or outside, are skipped.
    """
    return box_drawing.with_outlines(images, boxes, colors)
