"""Positions in the arena: arrays that live together never overlap; others share."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minikeras.plans.allocate import Arena, Lifetime, needed_bytes, offsets
from tests.drawn_cases import reproducible


def test_arrays_that_never_live_together_share_a_place():
    found, size = offsets([Lifetime(0, 0, 1, 100), Lifetime(1, 2, 3, 90), Lifetime(2, 1, 2, 10)])
    assert found[0] == found[1] == 0
    assert found[2] == 128
    assert size == 192


def test_a_chain_of_arrays_before_a_larger_one_takes_two_places():
    chain = [Lifetime(key, key, key + 1, 128) for key in range(5)]
    arrays = [*chain, Lifetime(5, 5, 6, 192)]
    assert offsets(arrays)[1] == needed_bytes(arrays).max() == 128 + 192


def test_arrays_of_the_time_when_most_is_needed_are_packed_first():
    """By size, the second would lie above the first, and leave a gap too small for the last."""
    arrays = [Lifetime(0, 0, 1, 384), Lifetime(1, 0, 2, 320), Lifetime(2, 3, 4, 384), Lifetime(3, 2, 5, 192)]
    assert offsets(arrays)[1] == needed_bytes(arrays).max() == 384 + 320


lifetimes = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 500)).map(lambda t: (min(t[:2]), max(t[:2]), t[2])),
    max_size=12,
)


@reproducible
@given(lifetimes)
def test_arrays_that_live_together_do_not_overlap(drawn):
    made = [Lifetime(key, *lifetime) for key, lifetime in enumerate(drawn)]
    found, size = offsets(made)
    assert size >= needed_bytes(made).max(initial=0)
    for one in made:
        assert found[one.key] % 64 == 0
        assert found[one.key] + one.nbytes <= size
        for other in made:
            together = one.first <= other.last and other.first <= one.last
            if one.key < other.key and together and one.nbytes and other.nbytes:
                apart = (
                    found[one.key] + one.nbytes <= found[other.key] or found[other.key] + other.nbytes <= found[one.key]
                )
                assert apart


def test_an_arena_gives_arrays_on_cache_lines():
    arena = Arena([Lifetime("a", 0, 5, 24), Lifetime("b", 0, 5, 8)])
    a, b = arena.array("a", (2, 3), np.float32), arena.array("b", (), np.float64)
    a[...], b[...] = 1, 2
    assert a.ctypes.data % 64 == b.ctypes.data % 64 == 0
    assert (a == 1).all()
    assert (arena.wanted, arena.nbytes, arena.count) == (32, 128, 2)
