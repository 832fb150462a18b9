"""Parts of images and samples by random numbers: what must hold for all of them."""

import numpy as np
import pytest

from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.image.distorted_boxes import distorted_box, stateless
from minikeras.compat.tensorflow.random.candidates import accidental_hits, alias_table, unigram_candidates

BOX = np.array([[[0.25, 0.25, 0.75, 0.5]]], "float32")
SIZE = np.array([40, 60, 3])


@pytest.mark.parametrize("seed", range(20))
def test_a_part_fits_and_shows_enough(seed):
    begin, size, corners = distorted_box(SIZE, BOX, stateless([seed, 1]), 0.5, (0.5, 2.0), (0.1, 0.8))
    (top, left, _), (height, width, channels) = begin.numpy(), size.numpy()
    assert channels == -1
    assert 0 <= top <= top + height <= 40
    assert 0 <= left <= left + width <= 60
    assert 0.1 <= height * width / 2400 <= 0.8
    rows, columns = min(top + height, 30) - max(top, 10), min(left + width, 30) - max(left, 15)
    assert rows * columns >= 0.5 * 20 * 15
    np.testing.assert_allclose(corners.numpy()[0, 0, :2], [top / 40, left / 60], rtol=1e-6)


def test_a_part_needs_a_box():
    with pytest.raises(InvalidArgumentError, match="use_image_if_no_bounding_boxes"):
        distorted_box(SIZE, np.zeros((1, 0, 4)), stateless([1, 2]))
    with pytest.raises(InvalidArgumentError, match="from 0 to 1"):
        distorted_box(SIZE, BOX * 2, stateless([1, 2]))


def test_the_alias_table_keeps_probabilities():
    weights = np.array([5.0, 1.0, 0.0, 3.0, 8.0], "float32")
    shares, others = alias_table(weights)
    probability = np.array(shares) / 5
    for place, share in enumerate(shares):
        if others[place] >= 0:
            probability[others[place]] += (1 - share) / 5
    np.testing.assert_allclose(probability, weights / weights.sum(), rtol=1e-6)


def test_candidates_by_their_counts():
    true = np.array([[1], [3]])
    drawn, of_true, _ = unigram_candidates(true, 1, 40, False, 4, [1.0, 0.0, 2.0, 5.0], seed=3)
    assert 1 not in drawn.numpy()
    np.testing.assert_allclose(of_true.numpy(), [[0], [25]])
    samples, positions, weights = accidental_hits(true, np.array([3, 0, 1]), 1)
    assert (samples.numpy().tolist(), positions.numpy().tolist()) == ([0, 1], [2, 0])
    assert weights.numpy().max() < -3e38
    with pytest.raises(InvalidArgumentError, match="range_max"):
        unigram_candidates(true, 1, 4, False, 5, [1.0, 0.0, 2.0, 5.0])
