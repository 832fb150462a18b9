"""Whether a list of jobs finishes sooner on all threads or on one: measured, since no rule predicts it.

Sharing a small job costs the time to move its data from one core's cache to the other's. That varies by a factor of
five between machines, and on one machine from hour to hour; and a second thread does not help on a core that another
program uses. So a list of jobs that runs repeatedly tries both ways alternately, keeps the better one for a while, and
tries again. It compares the quickest runs, which other programs did not interrupt: with the median of runs alongside
TensorFlow, whose threads spin for a while after their work, it chose one thread where two take 1.7 ms instead of 2.7.
Results do not depend on the choice, since a task computes the same on any thread.
"""

import math

TRIALS = 8  # runs of each way, or fewer where one trial consists of several runs
MIN_TRIALS = 3  # trials of each way
RUNS_BETWEEN_TRIALS = 500  # runs on all threads before the next trials
# Runs on one thread before the next trials, doubled each time: other programs' threads that keep a core busy, even if
# only by spinning after their work, may be gone soon.
SERIAL_SECONDS = 0.002, 0.1
ALWAYS_SHARED_SECONDS = 0.004  # longer runs are always shared: trials of the other way would cost more than they gain
MAX_TIME_RATIO = 0.95  # shared runs must take less than this share of the time alone, since they keep more cores busy


class Autotuner:
    """The choice for one list of jobs.

    Args:
        can_share: False if no job has more than one task, so that there is nothing to choose.

    Attributes:
        shares: whether the next run is for all threads.
        kept: how many runs are left before the next trials, which last while there are none.
    """

    def __init__(self, can_share=True):
        self._serial_seconds = 0.0
        self._keep(True)
        self.shares, self.kept = can_share, 0 if can_share else math.inf

    def learn(self, seconds, runs=1):
        """Record how long a trial took: two shared ones, then both ways alternately until there are enough.

        `seconds` for each of `runs` runs, which were one trial.
        """
        self._times[self.shares].append(seconds)
        shared, alone = self._times[True], self._times[False]
        if len(shared) < 2:
            self.shares = True
        elif not alone and min(shared) > ALWAYS_SHARED_SECONDS:
            self._keep(True)
        elif len(alone) < max(MIN_TRIALS, -(-TRIALS // runs)):
            self.shares = not self.shares
        else:
            self._keep(min(shared) < MAX_TIME_RATIO * min(alone))

    def _keep(self, shares):
        shortest, longest = SERIAL_SECONDS
        self._serial_seconds = 0.0 if shares else min(longest, 2 * self._serial_seconds or shortest)
        kept = RUNS_BETWEEN_TRIALS if shares else max(1, round(self._serial_seconds / min(self._times[False])))
        self.shares, self.kept = shares, kept
        self._times = {True: [], False: []}
