"""Boxes (y1, x1, y2, x2): their overlap, and which remain if those that overlap a better one are dropped.

Each function has two forms: the reference in NumPy, and a job for float32 boxes.
"""

import numpy as np

from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import fits_jobs, floats, integers, task_kernel

ZERO = np.float32(0)
FEW = 1 << 6  # boxes; 500 of which 50 are kept take 1.4 ms by NumPy, 0.04 by the job


def intersection_over_union(box, boxes):
    """Intersection over union of one box with each of several; 0 for boxes without area."""
    (y1, x1), (y2, x2) = np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    height = np.maximum(np.minimum(high[:, 0], y2) - np.maximum(low[:, 0], y1), 0)
    width = np.maximum(np.minimum(high[:, 1], x2) - np.maximum(low[:, 1], x1), 0)
    area, areas = (y2 - y1) * (x2 - x1), np.prod(high - low, axis=1)
    union = area + areas - height * width
    return np.where((areas > 0) & (area > 0), height * width / np.where(union > 0, union, 1), 0)


def non_maximum_suppression(boxes, order, most, threshold):
    """The indices of at most `most` boxes, each of which overlaps no box kept before it by more than a threshold.

    boxes: (n, 4). order: int64, the candidates, the best first.
    """
    most = min(most, len(order))
    if not (most and len(order) >= FEW and fits_jobs(boxes)):
        return non_maximum_suppression_reference(boxes, order, most, threshold)
    kept, count = np.empty(most, np.int64), np.empty(1, np.int64)
    run_prepared(keeping_jobs, (boxes, order, kept, count), float(threshold))
    return kept[: count[0]]


def non_maximum_suppression_reference(boxes, order, most, threshold):
    """See `non_maximum_suppression`."""
    kept = []
    for i in order.tolist():
        if len(kept) == most:
            break
        if not (kept and (intersection_over_union(boxes[i], boxes[kept]) > threshold).any()):
            kept.append(i)
    return np.array(kept, np.int64)


def keeping_jobs(boxes, order, kept, count, threshold):
    """The job of `non_maximum_suppression`, which sets count[0] to the number of the boxes kept."""
    return [keep_boxes.job(1, boxes, order, kept, count, threshold)]


@task_kernel
def keep_boxes(task, boxes: floats(2), order: integers(1), kept: integers(1), count: integers(1), threshold: float):
    """All boxes."""
    found = 0
    for k in range(len(order)):
        if found == len(kept):
            break
        if not overlaps_any(boxes, order[k], kept[0:found], np.float32(threshold)):
            kept[found] = order[k]
            found += 1
    count[0] = found


@subroutine
def overlaps_any(boxes, i, kept, threshold):
    """Whether box i overlaps one of those kept by more than the threshold."""
    for k in range(len(kept)):  # noqa: SIM110 - compiled
        if overlap(boxes[i], boxes[kept[k]]) > threshold:
            return True
    return False


@subroutine
def overlap(a, b):
    """`intersection_over_union` of two boxes."""
    top, left, bottom, right = min(a[0], a[2]), min(a[1], a[3]), max(a[0], a[2]), max(a[1], a[3])
    above, before, below, behind = min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3])
    area, other = (bottom - top) * (right - left), (below - above) * (behind - before)
    shared = max(min(bottom, below) - max(top, above), ZERO) * max(min(right, behind) - max(left, before), ZERO)
    return shared / (area + other - shared) if area > ZERO and other > ZERO else ZERO
