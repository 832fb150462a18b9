"""`SumOverHosts`: adds the values of ranks on several hosts, bucket by bucket, while more are computed.

    each rank          first rank of a host
    write bucket 0
    write bucket 1     bucket 0: all of the host have written, added their chunks → Allreduce begins
    write bucket 2     bucket 1: …                                                  … continues while all compute

A rank never waits before `finish`: at each bucket it does what the others' progress allows by then. The progress of
each is in the memory that the ranks of a host share. All hosts begin the Allreduces in the same order.

No rank writes a sum before all have written that bucket, so all have read the previous sum by then.
"""

import numpy as np

from minikeras.collectives.across_hosts import buckets_of


class SumOverHosts:
    """One sum, which can be repeated.

    Args:
        window: the `Window` of this host.
        across: the `Hosts`.
        sizes: how many numbers each array has that is added.
        dtype: of the numbers.

    Attributes:
        buckets: which of the numbers are each bucket, slices.
    """

    def __init__(self, window, across, sizes, dtype):
        self.window, self.across, self.dtype = window, across, np.dtype(dtype)
        self.buckets, self.size = buckets_of(sizes), sum(sizes)
        self.nbytes = self.size * self.dtype.itemsize

    def begin(self):
        """Begin a sum, before values are written."""
        self.window.reserve(self.nbytes)
        self._half, self._number = self.window.half_now(), self.window.barriers.number
        self._added = self._begun = 0

    def wrote(self, count):
        """Note how many buckets this rank has written."""
        self.window.written.note(self._number, count)
        while self._added < count and self.window.written.by_all(self._number, self._added + 1):
            self._add()
        if self.window.place == 0:
            while self._begun < self._added and self.window.added.by_all(self._number, self._begun + 1):
                self._begin()
            self.across.push()

    def finish(self, fingerprint):
        """The sum, after this rank has written all its values: flat, in memory that the next sum reuses.

        Raises:
            RankError: the ranks of this host do not add the same thing.
        """
        self.window.meet_for(self.nbytes, fingerprint)
        while self._added < len(self.buckets):
            self._add()
        self.window.barriers.meet()
        if self.window.place == 0:
            while self._begun < len(self.buckets):
                self._begin()
            self.across.finish_sums()
        self.window.barriers.meet()
        return self._result(slice(0, self.size))

    def _result(self, part):
        return self.window.result(self.nbytes).view(self.dtype)[part]

    def _add(self):
        """Add this rank's chunk of the next bucket, for all ranks on the host."""
        bucket = self.buckets[self._added]
        chunk = self.window.chunk(bucket.stop - bucket.start)
        own = slice(bucket.start + chunk.start, bucket.start + chunk.stop)
        self.window.add(own, self._half, self.size, self.dtype, self._result(own))
        self._added += 1
        self.window.added.note(self._number, self._added)

    def _begin(self):
        self.across.begin_sum(self._result(self.buckets[self._begun]))
        self._begun += 1
