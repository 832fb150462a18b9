"""Bounding boxes (y1, x1, y2, x2) as arrays: how much they overlap, which to keep, and their outlines in images."""

import heapq

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.kernels.boxes import intersection_over_union, non_maximum_suppression

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


def overlaps_of(boxes):
    """The function (i, others) that `suppress` needs, for an array (n, 4) of boxes."""
    return lambda i, others: intersection_over_union(boxes[i], boxes[others])


def best_of(boxes, scores, max_output_size, threshold, score_threshold):
    """The indices of the boxes kept, best first: what `suppress` finds without lowering scores."""
    order = np.flatnonzero(scores > score_threshold)
    order = order[np.argsort(-scores[order], kind="stable")]
    return non_maximum_suppression(np.ascontiguousarray(boxes), order, int(max_output_size), threshold)


def suppress(scores, max_output_size, threshold, score_threshold, soft_sigma, overlap_with):
    """(indices, scores) of the boxes kept, best first; `overlap_with(i, others)` is their overlap.

    A candidate is compared with the boxes kept since its last comparison. If that lowers its score it goes back to
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


def draw_outlines(images, boxes, colors=None):
    """Draw the outlines of boxes, one pixel wide, into an array of images, in place.

    Args:
        images: float (batch, height, width, channels).
        boxes: (batch, n, 4), where 1 is the last row or column. Boxes without area, or outside, are skipped.
        colors: (m, channels), used in turn; None for ten.
    """
    height, width, channels = images.shape[1:]
    colours = COLOURS[:, :channels] if colors is None else colors
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


def with_outlines(images, boxes, colors=None):
    """New images (batch, height, width, channels) with the outlines of boxes, as `draw_outlines` draws them."""
    images = np.array(as_array(images))
    draw_outlines(images, as_array(boxes), as_array(colors) if colors is not None and np.size(colors) else None)
    return Tensor(images)
