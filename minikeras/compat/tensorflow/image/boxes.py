"""Boxes (y1, x1, y2, x2): chosen so that few overlap, and drawn into images."""

import heapq
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array

__all__ = [
    "combined_non_max_suppression",
    "draw_bounding_boxes",
    "non_max_suppression",
    "non_max_suppression_overlaps",
    "non_max_suppression_padded",
    "non_max_suppression_with_scores",
]

# Red, green, blue and opacity of the first box, the second, …
COLOURS = np.array(
    [
        (1, 1, 0, 1),
        (0, 0, 1, 1),
        (1, 0, 0, 1),
        (0, 1, 0, 1),
        (0.5, 0, 0.5, 1),
        (0.5, 0.5, 0, 1),
        (0.5, 0, 0, 1),
        (0, 0, 0.5, 1),
        (0, 1, 1, 1),
        (1, 0, 1, 1),
    ],
    "float32",
)


class CombinedNonMaxSuppression(NamedTuple):
    """What `combined_non_max_suppression` returns."""

    nmsed_boxes: Tensor
    nmsed_scores: Tensor
    nmsed_classes: Tensor
    valid_detections: Tensor


def overlap(box, boxes):
    """Intersection over union of one box with each of several; 0 for boxes without area."""
    (y1, x1), (y2, x2) = np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    height = np.maximum(np.minimum(high[:, 0], y2) - np.maximum(low[:, 0], y1), 0)
    width = np.maximum(np.minimum(high[:, 1], x2) - np.maximum(low[:, 1], x1), 0)
    area, areas = (y2 - y1) * (x2 - x1), np.prod(high - low, axis=1)
    union = area + areas - height * width
    return np.where((areas > 0) & (area > 0), height * width / np.where(union > 0, union, 1), 0)


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
    kept, _ = _suppress(scores, max_output_size, iou_threshold, score_threshold, 0.0, _by_boxes(boxes))
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
    kept, new_scores = _suppress(
        scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma, _by_boxes(boxes)
    )
    return Tensor(np.array(kept, "int32")), Tensor(np.array(new_scores, scores.dtype))


def non_max_suppression_overlaps(
    overlaps, scores, max_output_size, overlap_threshold=0.5, score_threshold=float("-inf"), name=None
):
    """`non_max_suppression` where the overlaps of all pairs are given, (n, n)."""
    overlaps, scores = as_array(overlaps), as_array(scores)
    kept, _ = _suppress(
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
            kept, _ = _suppress(
                scores[n, :, c], max_output_size_per_class, iou_threshold, score_threshold, 0.0, _by_boxes(candidates)
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
    images, boxes = np.array(as_array(images)), as_array(boxes)
    height, width, channels = images.shape[1:]
    colours = as_array(colors) if colors is not None and np.size(colors) else COLOURS[:, :channels]
    if channels == 1:
        colours = np.ones_like(colours)
    for image, image_boxes in zip(images, boxes, strict=True):
        for number, box in enumerate(image_boxes):
            top, left, bottom, right = (box * np.array([height - 1, width - 1] * 2, box.dtype)).astype(int)
            if bottom < top or right < left or top >= height or left >= width or bottom < 0 or right < 0:
                continue
            rows = slice(max(top, 0), min(bottom, height - 1) + 1)
            columns = slice(max(left, 0), min(right, width - 1) + 1)
            colour = colours[number % len(colours), :channels]
            for row in {top, bottom} & set(range(height)):
                image[row, columns] = colour
            for column in {left, right} & set(range(width)):
                image[rows, column] = colour
    return Tensor(images)


def _by_boxes(boxes):
    return lambda i, others: overlap(boxes[i], boxes[others])


def _suppress(scores, max_output_size, threshold, score_threshold, soft_sigma, overlap_with):
    """(numbers, scores) of the boxes kept, best first; `overlap_with(i, others)` tells how much two boxes share.

    A candidate is compared with the boxes kept since it was looked at last. If that lowers its score it goes back to
    the others.
    """
    waiting = [(-score, i, 0) for i, score in enumerate(scores.tolist()) if score > score_threshold]
    heapq.heapify(waiting)
    kept, kept_scores = [], []
    while waiting and len(kept) < int(max_output_size):
        negative_score, i, compared = heapq.heappop(waiting)
        overlaps = overlap_with(i, kept[compared:]) if kept[compared:] else np.zeros(0)
        if not soft_sigma and (overlaps > threshold).any():
            continue
        weight = float(np.exp(-0.5 / soft_sigma * np.square(overlaps)).prod()) if soft_sigma else 1.0
        if weight == 1.0:
            kept.append(i)
            kept_scores.append(-negative_score)
        elif -negative_score * weight > score_threshold:
            heapq.heappush(waiting, (negative_score * weight, i, len(kept)))
    return kept, kept_scores
