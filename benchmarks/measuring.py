"""Comparing the results of several sides, and timing them in alternation."""

import gc
import time

import numpy as np

MINIMUM_ROUNDS, MAXIMUM_ROUNDS = 9, 500
SECONDS_PER_ROUND = 0.001  # quick functions are called several times per round; the clock's own cost is 1e-7
SETTLING_SECONDS = 0.002  # before each round: threads of the other side's pool still spin a little after their work
# float32 sums in another order, relative to the largest value; a convolution over 576 terms differs by 2e-6.
TOLERANCE = 1e-4


def assert_same(first, *others):
    """Nested arrays that agree to `TOLERANCE` of their largest value."""
    for other in others:
        if isinstance(first, (list, tuple)):
            assert len(first) == len(other)
            for one, two in zip(first, other, strict=True):
                assert_same(one, two)
        else:
            first, other = np.asarray(first), np.asarray(other)
            scale = np.abs(first).max(initial=0)
            np.testing.assert_allclose(first, other, rtol=0, atol=TOLERANCE * scale)


def alternate(sides, seconds):
    """(calls per round, [seconds per call, …]) of each side, whose rounds alternate: a b, b a, a b, …."""
    calls = {name: _calls_per_round(call) for name, call in sides.items()}
    durations = {name: [] for name in sides}
    order = list(sides)
    stop = time.perf_counter() + seconds
    gc.collect()
    gc.disable()
    try:
        for rounds in range(MAXIMUM_ROUNDS):
            if rounds >= MINIMUM_ROUNDS and time.perf_counter() > stop:
                break
            for name in order:
                time.sleep(SETTLING_SECONDS)
                durations[name].append(_duration(sides[name], calls[name]) / calls[name])
            order.reverse()
    finally:
        gc.enable()
    return calls, durations


def _calls_per_round(call):
    for _ in range(3):  # compilation, caches, first use of memory
        duration = _duration(call, 1)
    return max(1, round(SECONDS_PER_ROUND / duration))


def _duration(call, count):
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start
