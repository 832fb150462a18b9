"""`ParallelMap`: runs several calls of a function at a time, where that helps.

A call that waits (for files, for the network) lets another run in the meantime. A call that computes does not: Python
runs one thread at a time, and NumPy uses all processors anyway. So the first calls run one by one, and are timed: if
they spent nearly all of their time waiting, the others run in parallel. Calls that compute stay in order, and so do the
random numbers they draw: the same seed gives the same run.
"""

import itertools
import time
from collections import deque

from minikeras.data.executors import thread_pool
from minikeras.data.pipeline.mapping import Map

CALLS_TIMED = 3
WORTH_A_THREAD = 0.0005  # seconds of waiting in a call; passing it to a thread costs 0.05 ms
WAITING_SHARE = 0.9  # of a call's time; a busy machine, or another thread of Python, makes computing wait too
AUTOTUNED_CALLS = 8


def _timed(function, element):
    """(result, seconds in which the call did not compute, total seconds)."""
    begin, begin_computing = time.perf_counter(), time.thread_time()
    result = function(element)
    duration, computing = time.perf_counter() - begin, time.thread_time() - begin_computing
    return result, duration - computing, duration


class ParallelMap(Map):
    """function(element) for each, in order.

    Args:
        calls: how many may run at a time; −1 lets minikeras choose.
    """

    def __init__(self, input, function, calls):
        super().__init__(input, function)
        if calls < -1 or calls == 0:
            raise ValueError(f"`num_parallel_calls` must be at least 1, or tf.data.AUTOTUNE. Received: {calls}")
        self.calls = AUTOTUNED_CALLS if calls == -1 else calls

    def run(self, elements):
        waits = []
        for element in itertools.islice(elements, CALLS_TIMED):
            result, waiting, duration = _timed(self.function, element)
            waits.append(waiting > WAITING_SHARE * duration and waiting > WORTH_A_THREAD)
            yield result
        if self.calls > 1 and len(waits) == CALLS_TIMED and all(waits) and not self.function.is_random():
            yield from self._in_parallel(elements)
        else:
            yield from map(self.function, elements)

    def _in_parallel(self, elements):
        executor = thread_pool(self.calls, "minikeras-map")
        waiting = deque(executor.submit(self.function, element) for element in itertools.islice(elements, self.calls))
        try:
            while waiting:
                result = waiting.popleft().result()
                waiting.extend(executor.submit(self.function, element) for element in itertools.islice(elements, 1))
                yield result
        finally:  # also when the iterator is discarded before its end
            executor.shutdown(wait=True, cancel_futures=True)
