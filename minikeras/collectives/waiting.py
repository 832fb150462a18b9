"""Waiting for other ranks on one host, by counters in shared memory; and noticing those that will never come.

Each rank has a counter that it alone increments. A *meeting* is over when all counters have reached its number. MPI's
own barrier would do, but it keeps a processor busy, never looks whether the others still live, and cannot be left by
Ctrl-C.
"""

import os
import sys
import time

from minikeras.system import is_running

SPINS = 300  # checks, of about 60 ns, before the processor is offered to others
IDLE_TIMEOUT = 0.002  # seconds after which a waiting rank sleeps between checks
NAP = 50e-6
FIRST_CHECK = 0.05  # seconds before a waiting rank looks whether the others live
BETWEEN_CHECKS = 0.1
BETWEEN_REPORTS = 0.05  # seconds by which ranks report after each other, if none before them has
SLOW = 10.0  # seconds after which a rank that keeps the others waiting is named

RUNNING, FINISHED, FAILED, INTERRUPTED = 0, 1, 2, 3  # states that ranks announce


def has_died(process):
    """Whether a process of this machine has ended, also if nobody has taken note of it yet."""
    if not is_running(process):
        return True
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:  # another system, or it ended just now
        return not is_running(process)


class RankError(RuntimeError):
    """A rank that the others wait for has died, failed or ended."""


class Meetings:
    """The meetings of the ranks of one host.

    Args:
        counters, states, pids, reported: for each rank an integer in shared memory.
        place: which of them is this rank's.
        ranks: the rank of each.
        fence: called around them, for processors that reorder memory accesses.

    Attributes:
        number: of the last meeting.
        waited: seconds that this rank has waited.
        lateness: for each, seconds that this rank waited for it as the last.
    """

    def __init__(self, counters, states, pids, reported, place, ranks, fence):
        self._counters, self._states, self._pids, self._reported = counters, states, pids, reported
        self._place, self._ranks, self._fence = place, ranks, fence
        self._others = [other for other in range(len(ranks)) if other != place]
        self.number = 0
        self.waited = 0.0
        self.lateness = [0.0] * len(ranks)
        pids[place] = os.getpid()

    def announce(self, state):
        """Let the others know that this rank has come to its end, and how."""
        self._states[self._place] = state
        self._fence()

    @property
    def state(self):
        """What this rank has announced."""
        return self._states[self._place]

    def may_report(self):
        """Whether this rank is the first to report what all have noticed."""
        time.sleep(BETWEEN_REPORTS * self._place)
        if any(self._reported[other] for other in self._others):
            return False
        self._reported[self._place] = 1
        return True

    def meet(self):
        """Wait until all ranks have come here.

        Raises:
            RankError: one that is missing has ended.
        """
        self.number += 1
        self._fence()  # what was written before must be seen by those who see the counter
        self._counters[self._place] = self.number
        counters, number = self._counters, self.number
        for other in self._others:
            spins = SPINS
            while counters[other] < number and spins:
                spins -= 1
            if not spins:
                self._wait_longer()
        self._fence()

    def _wait_longer(self):
        counters, number = self._counters, self.number
        start = time.perf_counter()
        next_check, next_report = start + FIRST_CHECK, start + SLOW
        missing = self._others
        while True:
            late = [other for other in missing if counters[other] < number]
            if not late:
                break
            missing = late
            now = time.perf_counter()
            if now > next_check:
                self._check_alive(missing)
                next_check = now + BETWEEN_CHECKS
                if now > next_report:
                    self._report_slow(missing, now - start)
                    next_report = now + 6 * SLOW
            if now > start + IDLE_TIMEOUT:
                time.sleep(NAP)
            else:
                os.sched_yield() if hasattr(os, "sched_yield") else time.sleep(0)
        seconds = time.perf_counter() - start
        self.waited += seconds
        for last in missing:
            self.lateness[last] += seconds / len(missing)

    def _check_alive(self, missing):
        for other in missing:
            if self._counters[other] < self.number:
                self._check(other)

    def check_rank(self, rank):
        """Raise a RankError if a rank on this host has ended."""
        if rank in self._ranks:
            self._check(self._ranks.index(rank))

    def _check(self, other):
        state, pid, rank = self._states[other], self._pids[other], self._ranks[other]
        if state == INTERRUPTED:
            raise KeyboardInterrupt
        if state == FAILED:
            raise RankError(f"Rank {rank} failed (its own error is reported above), so the others end too.")
        if state == FINISHED:
            raise RankError(
                f"Rank {rank} has ended its program while rank {self._ranks[self._place]} still waits for it: all "
                "ranks must call `fit`, `evaluate` and `predict` equally often, with as many batches."
            )
        if pid and has_died(pid):
            raise RankError(f"Rank {rank} (process {pid}) has died, so the training ends.")

    def _report_slow(self, missing, seconds):
        names = ", ".join(f"rank {self._ranks[other]} (process {self._pids[other]})" for other in missing)
        print(f"minikeras: all wait for {names} since {seconds:.0f} seconds.", file=sys.stderr, flush=True)
