"""Squeezing and expanding to the same rank."""

import numpy as np
import pytest

from minikeras import Tensor
from minikeras.losses.labels import squeeze_or_expand_to_same_rank

PAIRS = [
    ((4,), (4,), (4,), (4,)),
    ((4,), (4, 1), (4, 1), (4, 1)),
    ((4, 1), (4,), (4, 1), (4, 1)),
    ((4, 3), (4,), (4, 3), (4,)),
    ((4, 3, 1), (4, 3), (4, 3), (4, 3)),
    ((4, 3), (4, 3, 1), (4, 3), (4, 3)),
    ((4, 1, 1), (4,), (4, 1, 1), (4,)),
    ((), (4,), (), (4,)),
    ((), (1,), (), ()),
]


@pytest.mark.parametrize("kind", [np.zeros, lambda shape: Tensor(np.zeros(shape))], ids=["arrays", "tensors"])
@pytest.mark.parametrize("shape1, shape2, expected1, expected2", PAIRS)
def test_pairs(kind, shape1, shape2, expected1, expected2):
    x1, x2 = squeeze_or_expand_to_same_rank(kind(shape1), kind(shape2))
    assert (x1.shape, x2.shape) == (expected1, expected2)


def test_vectors_may_be_kept():
    x1, x2 = squeeze_or_expand_to_same_rank(np.zeros(4), np.zeros((4, 1)), expand_rank_1=False)
    assert x1.shape == x2.shape == (4,)
