"""The benchmarks' frame: it refuses unequal work, and alternates."""

import itertools

import numpy as np
import pytest

from benchmarks.measuring import alternate, assert_same


def test_equal_work_passes_and_unequal_work_is_refused():
    result = [np.ones(3, "float32"), (np.zeros((0, 2)), 5.0)]
    assert_same(result, [np.ones(3) + 1e-6, (np.zeros((0, 2)), 5.0)])
    for other in ([np.ones(3) + 1e-3, (np.zeros((0, 2)), 5.0)], [np.ones(3)], [np.ones(4), (np.zeros((0, 2)), 5.0)]):
        with pytest.raises(AssertionError):
            assert_same(result, other)


def test_rounds_of_the_sides_alternate():
    order = []
    sides = {name: lambda name=name: order.append(name) for name in "abc"}
    clock = itertools.count(0, 0.03).__next__  # so that every call takes 30 milliseconds: one of them is a round
    calls, durations = alternate(sides, seconds=0, fewest=2, clock=clock)
    assert calls == dict.fromkeys("abc", 1)
    assert "".join(order) == "aaabbbccc" + "abc" + "cba"
    assert {side: len(values) for side, values in durations.items()} == dict.fromkeys("abc", 2)


def test_a_slow_call_is_a_round_already_but_the_first():
    calls = []
    _, durations = alternate({"slow": lambda: calls.append(1)}, 0, fewest=2, clock=itertools.count().__next__)
    assert len(calls) == 3
    assert durations["slow"] == [1, 1]


def test_the_quickest_call_decides_how_many_make_a_round():
    uneven = itertools.chain([3.0], itertools.cycle([2e-3, 2e-4, 1e-3, 5e-3]))  # compiled first, and often cold
    seconds = {"even": itertools.cycle([2e-4]), "uneven": uneven}
    now = 0.0

    def spend(side):
        nonlocal now
        now += next(seconds[side])

    sides = {side: lambda side=side: spend(side) for side in seconds}
    calls, _ = alternate(sides, seconds=0, fewest=2, clock=lambda: now)
    assert calls == {"even": 5, "uneven": 5}
