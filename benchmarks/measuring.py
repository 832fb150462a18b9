"""Comparing the results of several sides, and timing them in alternation."""

import gc
import time

import numpy as np

MAXIMUM_ROUNDS = 500
SECONDS_PER_ROUND = 0.001  # quick functions are called several times per round; the clock's own cost is 1e-7
WARMING_SECONDS = 0.02  # of calls before the rounds
SLOW_SECONDS = 0.2  # of a call
TIMEOUT = 30  # seconds after which two rounds are enough: a side that a busy machine stops must not stop the others
SETTLING_SECONDS = 0.006  # before each round: threads of the other side spin after their work, PyTorch's for 5 ms
# float32 sums in another order, relative to the largest value; Winograd's method is wrong by up to 1e-5.
TOLERANCE = 1e-4


def assert_same(first, *others):
    """Nested arrays (of any library) that agree to `TOLERANCE` of their largest value."""
    for other in others:
        if isinstance(first, (list, tuple)):
            assert len(first) == len(other)
            for one, two in zip(first, other, strict=True):
                assert_same(one, two)
        else:
            first, other = np.asarray(first), np.asarray(other)
            assert first.shape == other.shape, f"shapes {first.shape} and {other.shape}"
            scale = np.abs(first).max(initial=0)
            np.testing.assert_allclose(first, other, rtol=0, atol=TOLERANCE * scale)


def alternate(sides, seconds, fewest, clock=time.perf_counter):
    """The durations of each side, whose rounds alternate: a b c, c b a, a b c, …

    Args:
        sides: {name: function without arguments}.
        seconds: how long all rounds may take together, once there were `fewest`.
        fewest: rounds.
        clock: `time.perf_counter`, or `time.process_time` to count what all threads spend and not what others do.

    Returns:
        ({name: calls per round}, {name: [seconds per call, …]}).
    """
    durations = {name: [] for name in sides}
    calls = {name: _calls_per_round(call, clock, durations[name]) for name, call in sides.items()}
    order = list(sides)
    start = time.perf_counter()
    gc.collect()
    gc.disable()
    try:
        while (done := min(map(len, durations.values()))) < MAXIMUM_ROUNDS:
            passed = time.perf_counter() - start
            if (done >= fewest and passed > seconds) or (done >= 2 and passed > TIMEOUT):
                break
            for name in order:
                time.sleep(SETTLING_SECONDS)
                durations[name].append(_duration(sides[name], calls[name], clock) / calls[name])
            order.reverse()
    finally:
        gc.enable()
    return calls, durations


def _calls_per_round(call, clock, durations):
    """How many calls make a round. Afterwards compilation is done, and caches and memory are warm.

    The first call is ignored. In the second, minikeras makes its plan, perhaps compiling it. If that call is slow, it
    is measured already, and its duration joins the others. A fast function is called for `WARMING_SECONDS`, and the
    fastest call counts: a single one may find the caches as another side has left them, or be a library's trial of
    another algorithm. With a single call, a round of `predict` had one cold call or two dozen, by chance: it showed
    160 to 590 times TensorFlow's speed.
    """
    call()
    duration = _duration(call, 1, clock)
    if duration > SLOW_SECONDS:
        durations.append(duration)
        return 1
    passed = 0
    while passed < WARMING_SECONDS:
        latest = _duration(call, 1, clock)
        duration, passed = min(duration, latest), passed + latest
    return max(1, round(SECONDS_PER_ROUND / max(duration, 1e-7)))


def _duration(call, count, clock):
    start = clock()
    for _ in range(count):
        call()
    return clock() - start
