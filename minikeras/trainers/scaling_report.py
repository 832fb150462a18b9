"""`ScalingReport`: reports, after training on several ranks, whether that paid and which rank was the slowest."""

import sys
import time

import numpy as np

STRAGGLER = 1.5  # a rank is slow from this many times the median work on
WORTH_IT = 1.1  # the smallest speedup over one process that pays
MIN_SECONDS = 1.0  # the shortest training that is judged


class ScalingReport:
    """Measures the ranks from its creation until `print_if_needed`.

    Of T seconds a rank spends S in sums over ranks, including the wait for others. One process computes for at most
    p · (T − S), p times as long as each of p ranks: so p ranks are at most p · (1 − S / T) times as fast.

    Args:
        group: the ranks.
        weights: how many elements the ranks add in each step.
    """

    def __init__(self, group, weights):
        self._group, self._weights = group, weights
        self._before = self._counts()

    def _counts(self):
        group = self._group
        return np.array([time.perf_counter(), group.window.barriers.waited, group.seconds_in_sums, group.sums])

    def print_if_needed(self):
        """Print a line, on rank 0, if one rank was slow, or if one process would have been about as fast."""
        seconds, waited, in_sums, sums = self._counts() - self._before
        given = np.array(self._group.exchange((seconds - waited, in_sums)))
        works, in_sums = given[:, 0], given[:, 1].min()  # the others' sums include their waiting for the slowest
        if self._group.rank or seconds < MIN_SECONDS:
            return
        slowest, median, fastest = int(works.argmax()), float(np.median(works)), self._group.size
        if works[slowest] > STRAGGLER * median and works[slowest] > 0.5 * seconds:
            _print_notice(
                f"rank {slowest} was the slowest: it worked {works[slowest]:.1f} s, the ranks in the middle "
                f"{median:.1f} s, and all waited for it. Is its processor shared with another program?"
            )
        elif fastest * (1 - in_sums / seconds) < WORTH_IT:
            _print_notice(
                f"data parallelism does not pay here: of {seconds:.1f} s, {in_sums:.1f} s went into {sums:.0f} sums "
                f"over ranks, for {self._weights:,} weights. {fastest} ranks are at most "
                f"{fastest * (1 - in_sums / seconds):.2f} times as fast as one. Larger batches may help."
            )


def _print_notice(text):
    print(f"minikeras: {text}", file=sys.stderr, flush=True)
