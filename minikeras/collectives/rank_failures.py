"""`RankFailures`: finds out which rank of a job died first.

When a rank dies, MPI may end the others a moment later, or they end because they cannot reach it. On a
busy machine, polling every tenth of a second would find several of them dead at once. Linux has process descriptors
(`pidfd`) that a program can wait on: it wakes as soon as the first one ends.
"""

import os
import select
import time
from pathlib import Path

from minikeras.collectives.job_folder import dead_ranks, ranks_in


class RankFailures:
    """Watches the ranks that have entered a job's folder.

    Args:
        folder: of the job.
        process: of the job itself; its end also wakes the waiting thread.
    """

    def __init__(self, folder, process):
        self._folder, self._descriptors, self._seen = Path(folder), {}, set()
        self._poll = select.poll() if hasattr(os, "pidfd_open") else None
        self._watch(process, None)

    def first(self, seconds):
        """[(rank, process)] of those that have died without a note of their end, after at most this many seconds.

        These are all that were dead when this process woke up: most often one, and none while all live.
        """
        for rank, process in ranks_in(self._folder):
            if process not in self._seen:
                self._watch(process, rank)
        if self._poll is None:
            time.sleep(seconds)
            return dead_ranks(self._folder)
        ended = {self._descriptors[descriptor] for descriptor, _ in self._poll.poll(1000 * seconds)}
        dead = dead_ranks(self._folder)
        for descriptor in [d for d, watched in self._descriptors.items() if watched in ended]:
            self._close(descriptor)
        return [found for found in dead if found in ended] or dead

    def close(self):
        """Stop watching."""
        for descriptor in list(self._descriptors):
            self._close(descriptor)

    def _watch(self, process, rank):
        self._seen.add(process)
        if self._poll is None:
            return
        try:
            descriptor = os.pidfd_open(process)
        except OSError:  # it has ended already, or the system allows no descriptors
            return
        self._descriptors[descriptor] = rank, process
        self._poll.register(descriptor, select.POLLIN)

    def _close(self, descriptor):
        self._poll.unregister(descriptor)
        os.close(descriptor)
        del self._descriptors[descriptor]
