"""Non-maximum suppression: of boxes that overlap, the best ones only. (One round of it: `boxes.py`.)"""

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.ops.boxes import best_of, overlaps_of, suppress


def best_boxes(boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf")):
    """Indices of the boxes to keep: best first, without those that overlap a better kept one too much.

    Args:
        boxes: (n, 4), each y1, x1, y2, x2 of any two opposite corners.
        scores: (n,).
        max_output_size: how many to keep at most.
        iou_threshold: the largest intersection over union allowed.
        score_threshold: boxes with lower or equal scores are dropped.

    Returns:
        int32 (kept,).
    """
    boxes, scores = as_array(boxes), as_array(scores)
    return Tensor(best_of(boxes, scores, max_output_size, iou_threshold, score_threshold).astype("int32"))


def best_boxes_with_scores(
    boxes,
    scores,
    max_output_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    soft_nms_sigma=0.0,
):
    """`best_boxes`, or with `soft_nms_sigma` > 0 its soft form, and the scores of the boxes kept.

    The soft form lowers scores by exp(−overlap² / 2σ) instead of dropping boxes.
    (Bodla, Singh, Chellappa & Davis, "Soft-NMS", 2017)
    """
    boxes, scores = as_array(boxes), as_array(scores)
    kept, new_scores = suppress(
        scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma, overlaps_of(boxes)
    )
    return Tensor(np.array(kept, "int32")), Tensor(np.array(new_scores, scores.dtype))


def best_of_overlapping(overlaps, scores, max_output_size, overlap_threshold=0.5, score_threshold=float("-inf")):
    """`best_boxes` for given overlaps of all pairs, (n, n)."""
    overlaps, scores = as_array(overlaps), as_array(scores)
    kept, _ = suppress(
        scores, max_output_size, overlap_threshold, score_threshold, 0.0, lambda i, others: overlaps[i, others]
    )
    return Tensor(np.array(kept, "int32"))


def padded_to(kept, length):
    """int32 indices of boxes, zero-padded to `length`."""
    return Tensor(np.pad(kept.array, (0, int(length) - len(kept.array))))


def best_boxes_of_classes(
    boxes,
    scores,
    max_output_size_per_class,
    max_total_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    pad_per_class=False,
    clip_boxes=True,
):
    """`best_boxes` of every class of every image, and of each image the best of all classes.

    Args:
        boxes: (batch, n, q, 4); q is 1 if all classes share the boxes, else the number of classes.
        scores: (batch, n, classes).
        max_output_size_per_class, max_total_size: how many to keep at most.
        pad_per_class: pad to max_output_size_per_class · classes, if that is less than `max_total_size`.
        clip_boxes: cut boxes to [0, 1].

    Returns:
        (boxes, scores, classes, numbers of boxes found); the first three zero-padded.
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
            kept = best_of(candidates, scores[n, :, c], max_output_size_per_class, iou_threshold, score_threshold)
            found += [(scores[n, i, c], c, candidates[i]) for i in kept]
        found.sort(key=lambda one: -one[0])
        valid[n] = min(len(found), total)
        for k, (score, c, box) in enumerate(found[:total]):
            out_boxes[n, k] = np.clip(box, 0, 1) if clip_boxes else box
            out_scores[n, k], out_classes[n, k] = score, c
    return Tensor(out_boxes), Tensor(out_scores), Tensor(out_classes), Tensor(valid)
