"""`tf.image.non_max_suppression` and its like, and boxes drawn into images. (Formulas: `minikeras/ops/boxes.py`.)"""

from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.ops.boxes import draw_outlines, overlaps_of, suppress

__all__ = [
    "combined_non_max_suppression",
    "draw_bounding_boxes",
    "non_max_suppression",
    "non_max_suppression_overlaps",
    "non_max_suppression_padded",
    "non_max_suppression_with_scores",
]


class CombinedNonMaxSuppression(NamedTuple):
    """What `combined_non_max_suppression` returns."""

    nmsed_boxes: Tensor
    nmsed_scores: Tensor
    nmsed_classes: Tensor
    valid_detections: Tensor


def non_max_suppression(boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"), name=None):
    """Numbers of the boxes to keep: the best first, and none that overlaps a better one that is kept too much.

    Args:
        boxes: (n, 4), each y1, x1, y2, x2 of any two opposite corners.
        scores: (n,).
        max_output_size: how many to keep at most.
        iou_threshold: the intersection over union that is too much.
        score_threshold: boxes that do not score more are left out.

    Returns:
        int32 (kept,).
    """
    boxes, scores = as_array(boxes), as_array(scores)
    kept, _ = suppress(scores, max_output_size, iou_threshold, score_threshold, 0.0, overlaps_of(boxes))
    return Tensor(np.array(kept, "int32"))


def non_max_suppression_with_scores(
    boxes,
    scores,
    max_output_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    soft_nms_sigma=0.0,
    name=None,
):
    """`non_max_suppression`, or with `soft_nms_sigma` > 0 its soft form, and the scores of the boxes kept.

    The soft form lowers scores by exp(−overlap² / 2σ) in place of leaving boxes out.
    (Bodla, Singh, Chellappa & Davis, "Soft-NMS", 2017)
    """
    boxes, scores = as_array(boxes), as_array(scores)
    kept, new_scores = suppress(
        scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma, overlaps_of(boxes)
    )
    return Tensor(np.array(kept, "int32")), Tensor(np.array(new_scores, scores.dtype))


def non_max_suppression_overlaps(
    overlaps, scores, max_output_size, overlap_threshold=0.5, score_threshold=float("-inf"), name=None
):
    """`non_max_suppression` where the overlaps of all pairs are given, (n, n)."""
    overlaps, scores = as_array(overlaps), as_array(scores)
    kept, _ = suppress(
        scores, max_output_size, overlap_threshold, score_threshold, 0.0, lambda i, others: overlaps[i, others]
    )
    return Tensor(np.array(kept, "int32"))


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
    """`non_max_suppression`, filled up with zeros to `max_output_size` if asked; and how many are no filling.

    Args:
        sorted_input, canonicalized_coordinates, tile_size: hints for faster ways, which are not needed here.

    Raises:
        ValueError: a batch of several box sets.
    """
    if len(np.shape(boxes)) != 2:
        raise ValueError(f"`boxes` must be (n, 4): one image at a time. Received: shape {np.shape(boxes)}")
    kept = non_max_suppression(boxes, scores, max_output_size, iou_threshold, score_threshold).array
    padded = np.pad(kept, (0, int(max_output_size) - len(kept))) if pad_to_max_output_size else kept
    return Tensor(padded), Tensor(np.array(len(kept), "int32"))


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
    """`non_max_suppression` of every class of every image, and of each image the best of all classes.

    Args:
        boxes: (batch, n, q, 4); q is 1 if all classes share the boxes, else the number of classes.
        scores: (batch, n, classes).
        max_output_size_per_class, max_total_size: how many to keep at most.
        pad_per_class: fill up to max_output_size_per_class · classes, if that is less than `max_total_size`.
        clip_boxes: cut boxes to [0, 1].

    Returns:
        (nmsed_boxes, nmsed_scores, nmsed_classes, valid_detections); the first three filled up with zeros.
    """
    boxes, scores = as_array(boxes), as_array(scores)
    batch, classes = len(boxes), scores.shape[2]
    total = int(max_total_size)
    if pad_per_class:
        total = min(total, int(max_output_size_per_class) * classes)
    out_boxes, out_scores = np.zeros((batch, total, 4), "float32"), np.zeros((batch, total), "float32")
    out_classes, valid = np.zeros((batch, total), "float32"), np.zeros(batch, "int32")
    for n in range(batch):
        found = []
        for c in range(classes):
            candidates = boxes[n, :, min(c, boxes.shape[2] - 1)]
            kept, _ = suppress(
                scores[n, :, c], max_output_size_per_class, iou_threshold, score_threshold, 0.0, overlaps_of(candidates)
            )
            found += [(scores[n, i, c], c, candidates[i]) for i in kept]
        found.sort(key=lambda one: -one[0])
        valid[n] = min(len(found), total)
        for k, (score, c, box) in enumerate(found[:total]):
            out_boxes[n, k] = np.clip(box, 0, 1) if clip_boxes else box
            out_scores[n, k], out_classes[n, k] = score, c
    return CombinedNonMaxSuppression(Tensor(out_boxes), Tensor(out_scores), Tensor(out_classes), Tensor(valid))


def draw_bounding_boxes(images, boxes, colors, name=None):
    """Images with the outlines of boxes, one pixel wide.

    Args:
        images: float (batch, height, width, channels).
        boxes: (batch, n, 4): y1, x1, y2, x2, where 1 is the last row or column.
        colors: (m, channels), used in turn; None for ten of TensorFlow's choice.

    Returns:
        New images. Boxes without area, or outside, are left out.
    """
    images = np.array(as_array(images))
    draw_outlines(images, as_array(boxes), as_array(colors) if colors is not None and np.size(colors) else None)
    return Tensor(images)
