"""Waits for other ranks on one host, by counters in shared memory, and notices those that will never come.

Each rank has a counter that only it increments. A *meeting* is over when all counters have reached its number. MPI's
own barrier would do, but it keeps a processor busy, never checks whether the others are alive, and cannot be
interrupted by Ctrl-C.
"""

import os
import sys
import time

from minikeras.base.system import is_running

SPINS = 300  # checks of about 60 ns each before the processor is yielded to others
IDLE_TIMEOUT = 0.002  # seconds after which a waiting rank sleeps between checks
SLEEP = 50e-6
FIRST_CHECK = 0.05  # seconds before a waiting rank checks whether the others are alive
BETWEEN_CHECKS = 0.1
BETWEEN_REPORTS = 0.05  # seconds between the reports of one rank and the next, if none has reported before
MAX_PARTS = 1 << 20  # of a `Progress`
SLOW = 10.0  # seconds after which a rank that keeps the others waiting is named

RUNNING, FINISHED, FAILED, INTERRUPTED, AWAY = 0, 1, 2, 3, 4  # states that ranks announce


def has_died(process):
    """Whether a process of this machine has ended, even if its parent has not waited for it yet."""
    if not is_running(process):
        return True
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:  # another system, or it ended just now
        return not is_running(process)


class RankError(RuntimeError):
    """A rank that the others wait for has died, failed or ended."""


class Barriers:
    """The barriers of the ranks of one host.

    Args:
        counters, states, pids, reported: for each rank an integer in shared memory.
        place: which of them is this rank's.
        ranks: the rank of each.
        fence: called around the meetings, for processors that reorder memory accesses.

    Attributes:
        number: of the last meeting.
        waited: seconds that this rank has waited.
        lateness: for each rank, the seconds for which this one waited while it was the last.
        fence: see there.
        place, count: see there, and how many ranks there are.
    """

    def __init__(self, counters, states, pids, reported, place, ranks, fence):
        self._counters, self._states, self._pids, self._reported = counters, states, pids, reported
        self.place, self._ranks, self.fence = place, ranks, fence
        self.count = len(ranks)
        self._others = [other for other in range(len(ranks)) if other != place]
        self.number = 0
        self.waited = 0.0
        self.lateness = [0.0] * len(ranks)
        pids[place] = os.getpid()

    def announce(self, state):
        """Announce to the others that this rank has ended, and how."""
        self._states[self.place] = state
        self.fence()

    @property
    def state(self):
        """The state that this rank has announced."""
        return self._states[self.place]

    def may_report(self):
        """Whether this rank is the first to report what all have noticed."""
        time.sleep(BETWEEN_REPORTS * self.place)
        if any(self._reported[other] for other in self._others):
            return False
        self._reported[self.place] = 1
        return True

    def meet(self):
        """Wait until all ranks have reached this point.

        Raises:
            RankError: one that is missing has ended.
        """
        self.number += 1
        self.fence()  # what was written before must be seen by those who see the counter
        self._counters[self.place] = self.number
        counters, number = self._counters, self.number
        for other in self._others:
            spins = SPINS
            while counters[other] < number and spins:
                spins -= 1
            if not spins:
                self._wait_longer()
        self.fence()

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
            _pause(now > start + IDLE_TIMEOUT)
        seconds = time.perf_counter() - start
        self.waited += seconds
        for last in missing:
            self.lateness[last] += seconds / len(missing)

    def _check_alive(self, missing):
        for other in missing:
            if self._has_ended(other):  # asked first: while this rank is delayed it may arrive and then end
                self.fence()
                if self._counters[other] < self.number:
                    self._check(other)

    def check_rank(self, rank):
        """Raise a RankError if a rank on this host has ended."""
        if rank in self._ranks:
            self._check(self._ranks.index(rank))

    def ended_ranks(self):
        """The other ranks on this host that have ended, in any way."""
        return [self._ranks[other] for other in self._others if self._has_ended(other)]

    def waits_for_hosts(self, does):
        """Announce to the others on this host whether this rank waits for other hosts: then it is not slow."""
        self._states[self.place] = AWAY if does else RUNNING

    def _has_ended(self, other):
        pid = self._pids[other]
        return self._states[other] in (FINISHED, FAILED, INTERRUPTED) or bool(pid and has_died(pid))

    def _check(self, other):
        state, pid, rank = self._states[other], self._pids[other], self._ranks[other]
        if state == INTERRUPTED:
            raise KeyboardInterrupt
        if state == FAILED:
            raise RankError(f"Rank {rank} failed (its own error is reported above), so the others end too.")
        if state == FINISHED:
            self.raise_ended(rank)
        if pid and has_died(pid):
            raise RankError(f"Rank {rank} (process {pid}) has died, so the training ends.")

    def raise_ended(self, rank):
        """Raise the RankError for a rank that has ended its program too early."""
        raise RankError(
            f"Rank {rank} has ended its program while rank {self._ranks[self.place]} still waits for it: all "
            "ranks must call `fit`, `evaluate` and `predict` equally often, with as many batches."
        )

    def _report_slow(self, missing, seconds):
        slow = [other for other in missing if self._states[other] != AWAY]
        if slow:
            self.print_slow([f"rank {self._ranks[other]} (process {self._pids[other]})" for other in slow], seconds)

    def print_slow(self, names, seconds):
        """Print which ranks the others wait for."""
        print(f"minikeras: all wait for {', '.join(names)} since {seconds:.0f} seconds.", file=sys.stderr, flush=True)


def _pause(is_long):
    """Yield the processor to other programs, for some time if the wait has been long."""
    if is_long:
        time.sleep(SLEEP)
    elif hasattr(os, "sched_yield"):
        os.sched_yield()
    else:
        time.sleep(0)


class Progress:
    """How many parts of the work before the next meeting each rank of a host has done, readable without waiting.

    Args:
        words: an integer of each rank in shared memory.
        barriers: the `Barriers`.
    """

    def __init__(self, words, barriers):
        self._words, self._barriers = words, barriers

    def note(self, number, count):
        """Announce how many parts this rank has done since meeting `number`."""
        self._barriers.fence()
        self._words[self._barriers.place] = number * MAX_PARTS + count

    def by_all(self, number, count):
        """Whether all ranks have done as many."""
        least = number * MAX_PARTS + count
        if any(self._words[place] < least for place in range(self._barriers.count)):
            return False
        self._barriers.fence()
        return True
