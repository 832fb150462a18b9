"""Boxes: overlaps by counting cells of a grid, and the choice of boxes by its definition."""

import numpy as np
import pytest

from minikeras.ops.boxes import draw_outlines, intersection_over_union, overlaps_of, suppress

RNG = np.random.default_rng(7)
GRID = 12


def boxes(n):
    """Boxes whose corners lie on a grid."""
    corners = RNG.integers(0, GRID + 1, size=(n, 2, 2))
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1).astype("float32")


def cells(box):
    y1, x1, y2, x2 = box.astype(int)
    return {(y, x) for y in range(y1, y2) for x in range(x1, x2)}


def test_overlaps_are_shares_of_cells():
    some = boxes(12)
    for box in some:
        expected = []
        for other in some:
            a, b = cells(box), cells(other)
            expected.append(len(a & b) / len(a | b) if a and b else 0)
        np.testing.assert_allclose(intersection_over_union(box, some), expected, rtol=1e-6)
        np.testing.assert_allclose(intersection_over_union(box[[2, 3, 0, 1]], some), expected, rtol=1e-6)


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.6])
@pytest.mark.parametrize("most", [1, 3, 20])
def test_the_best_are_kept_that_do_not_overlap_better_ones(threshold, most):
    some, scores = boxes(20), RNG.random(20).astype("float32")
    kept, kept_scores = suppress(scores, most, threshold, 0.1, 0.0, overlaps_of(some))
    expected = []
    for i in np.argsort(-scores):
        better = [j for j in expected if intersection_over_union(some[i], some[[j]])[0] > threshold]
        if scores[i] > 0.1 and not better and len(expected) < most:
            expected.append(int(i))
    assert kept == expected
    np.testing.assert_array_equal(np.float32(kept_scores), scores[expected])


def test_the_soft_form_lowers_scores_of_overlapping_boxes():
    some = np.array([[0, 0, 4, 4], [0, 0, 4, 2], [8, 8, 9, 9]], "float32")
    kept, scores = suppress(np.array([0.9, 0.8, 0.3]), 3, 1.0, 0.0, 0.5, overlaps_of(some))
    assert kept == [0, 1, 2]
    np.testing.assert_allclose(scores, [0.9, 0.8 * np.exp(-(0.5**2)), 0.3], rtol=1e-6)  # overlaps are float32


def test_outlines_are_one_pixel_wide():
    images = np.zeros((1, 5, 6, 1), "float32")
    draw_outlines(images, np.array([[[0.25, 0.2, 0.75, 0.8], [2.0, 0.0, 3.0, 1.0]]], "float32"), np.ones((1, 1)))
    expected = np.zeros((5, 6))
    expected[1:4, 1:5] = 1
    expected[2, 2:4] = 0
    np.testing.assert_array_equal(images[0, ..., 0], expected)
