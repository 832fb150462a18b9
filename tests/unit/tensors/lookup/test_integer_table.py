"""`IntegerTable` against a dict."""

import numpy as np
import pytest

from minikeras.tensors.lookup.integer_table import IntegerTable

RNG = np.random.default_rng(0)
ENDS = np.iinfo(np.int64)


@pytest.mark.parametrize(
    "known",
    [[], [5], [3, -2, 7], RNG.permutation(500).tolist(), [ENDS.min, 0, ENDS.max], RNG.integers(0, 2**40, 50).tolist()],
    ids=["none", "one", "three", "dense", "ends", "sparse"],
)
def test_numbers_are_places_in_the_list(known):
    wanted = np.array([*known, 4, -1, 10**6, ENDS.min, ENDS.max])
    positions = {integer: place for place, integer in enumerate(known)}
    assert IntegerTable(known).numbers(wanted).tolist() == [positions.get(integer, -1) for integer in wanted.tolist()]
