"""`Verdict`: at the end of a training on several ranks, whether that paid, and which rank the others waited for."""

import sys
import time

import numpy as np

SHARE_OF_WAITING = 0.5  # of the time: more than that, and one process would have been as fast
STRAGGLER = 1.5  # times the median of the ranks' own work
FEWEST_SECONDS = 1.0  # of training that are worth a verdict


class Verdict:
    """Measures what ranks do between its making and `print_if_needed`.

    Args:
        group: the ranks.
        weights: how many numbers the ranks add in each step.
    """

    def __init__(self, group, weights):
        self._group, self._weights = group, weights
        self._start = time.perf_counter()
        self._waited = group.window.meetings.waited
        self._sums = group.sums

    def print_if_needed(self):
        """Print a line, on rank 0, if the ranks waited for most of the time or for one of them."""
        seconds = time.perf_counter() - self._start
        waited = self._group.window.meetings.waited - self._waited
        steps = self._group.sums - self._sums
        works = np.array(self._group.exchange(seconds - waited))
        if self._group.rank or seconds < FEWEST_SECONDS:
            return
        slowest, median = int(works.argmax()), float(np.median(works))
        if works[slowest] > STRAGGLER * median and works[slowest] > 0.5 * seconds:
            _say(
                f"rank {slowest} was the slowest: it worked {works[slowest]:.1f} s, the ranks in the middle "
                f"{median:.1f} s, and all waited for it. Is its processor shared with another program?"
            )
        elif works.mean() < (1 - SHARE_OF_WAITING) * seconds:
            _say(
                f"data parallelism does not pay here: of {seconds:.1f} s, the {self._group.size} ranks spent "
                f"{1 - works.mean() / seconds:.0%} waiting for each other; {steps} sums, one every "
                f"{1e3 * seconds / max(steps, 1):.2f} ms, for {self._weights:,} weights. Larger batches, or one "
                "process, would be faster."
            )


def _say(text):
    print(f"minikeras: {text}", file=sys.stderr, flush=True)
