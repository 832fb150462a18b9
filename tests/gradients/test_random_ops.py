"""Gradients through random choices that are fixed by a seed."""

import pytest

from minikeras import random
from tests.gradients.harness import Row, check_first_order, check_second_order

ROWS = [
    Row("dropout", lambda x: random.dropout(x, 0.4, seed=1), ((4, 5),)),
    Row("dropout of whole rows", lambda x: random.dropout(x, 0.4, noise_shape=(None, 1), seed=1), ((4, 5),)),
    Row("dropout of no elements", lambda x: random.dropout(x, 0.4, seed=1), ((0, 5),)),
    Row("shuffle", lambda x: random.shuffle(x, axis=1, seed=1), ((4, 5),)),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row):
    check_first_order(row)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_second_order(row):
    check_second_order(row)
