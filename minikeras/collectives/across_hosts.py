"""`Hosts`: sums and exchanges between hosts, by MPI; in sums the first rank of each host represents all on it.

This module waits by polling MPI, so that Ctrl-C works while it waits, and ranks that have ended are noticed: those of
the same host as in `waiting.py`, and those of other hosts by messages:

    a rank that ends        tells rank 0; rank 0 tells all. A rank that has waited for it too long reports that, and
    ends all one that waits long     tells ranks 0 and 1, of which the first that waits itself names all that have sent
    nothing

MPI itself notices nothing while it waits, and a rank that computes cannot answer.
"""

import time

import numpy as np

from minikeras.collectives.waiting import BETWEEN_CHECKS, IDLE_TIMEOUT, SLEEP, SLOW, RankError

BUCKET = 1 << 18  # least floats of one Allreduce: transferring 1 MB takes longer than starting a message
ENDED, WAITING = 7711, 7712  # tags of messages: one number each
GRACE = 1.0  # seconds that an operation may still take after a rank that took part in it has ended
TIME_TO_REPORT = 1.0  # seconds that others have to report that they wait, too
WITNESSES = 2  # ranks that are informed of who waits: one of them may be the slow one


def buckets_of(sizes):
    """Divide the elements of several arrays, one after the other, into sums: slices, the last arrays first.

    Backward computes the gradients of the last layers first, so their sum can overlap with the rest of backward.
    """
    found, end, begin = [], sum(sizes), sum(sizes)
    for size in reversed(sizes):
        begin -= size
        if end - begin >= BUCKET:
            found.append(slice(begin, end))
            end = begin
    return [*found, slice(0, end)] if end else found


class Hosts:
    """The ranks of several hosts.

    Args:
        mpi: the module `mpi4py.MPI`.
        comm: the communicator of all ranks.
        leaders: the communicator of the first rank of each host; unused on other ranks.
        barriers: the `Barriers` of this host.
    """

    def __init__(self, mpi, comm, leaders, barriers):
        self._mpi, self._comm, self._leaders, self._barriers = mpi, comm, leaders, barriers
        self._under_way, self._sent = [], []
        self._ended = {}  # rank -> when this rank has noticed its end
        self._heard = set()  # those that have reported it
        self._announced = {}  # (whether among leaders, rank) -> the operation that it waits in
        self._operations = {False: 0, True: 0}  # of all, of the leaders

    # --- sums, on the first rank of a host --------------------------------------------------------------------------

    def begin_sum(self, array):
        """Start array = the sum of all hosts' arrays. All hosts start the same sums in the same order."""
        self._under_way.append(self._leaders.Iallreduce(self._mpi.IN_PLACE, array))

    def push(self):
        """Let MPI, which only works when it is called, continue with the sums."""
        for request in self._under_way:
            request.Test()

    def finish_sums(self):
        """Wait for all sums that were started."""
        self._barriers.waits_for_hosts(True)
        for request in self._under_way:
            self._wait(request, self._leaders)
        self._under_way.clear()
        self._barriers.waits_for_hosts(False)

    # --- on all ranks -----------------------------------------------------------------------------------------------

    def gather(self, data):
        """The bytes of every rank, as a list of arrays."""
        sizes = np.zeros(self._comm.Get_size(), np.int64)
        self._wait(self._comm.Iallgather(np.array([data.size], np.int64), sizes), self._comm)
        received = np.empty(int(sizes.sum()), np.uint8)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._wait(self._comm.Iallgatherv(data, [received, sizes, starts, None]), self._comm)
        return [received[start : start + size] for start, size in zip(starts, sizes, strict=True)]

    def announce_end(self):
        """Inform others that this rank ends its program, which is an error if they still wait for it."""
        own, size = self._comm.Get_rank(), self._comm.Get_size()
        for rank in range(1, size) if own == 0 else (0,):
            self._send(self._comm, rank, ENDED, own)

    def receive_ends(self):
        """Wait for the messages of other ranks that end, as MPI does when it finalizes: none may be left then."""
        expected = self._comm.Get_size() - 1 if self._comm.Get_rank() == 0 else 1
        while len(self._heard) < expected:
            time.sleep(SLEEP)
            self._listen(self._comm)
        self._listen(self._leaders)

    # --- waiting ----------------------------------------------------------------------------------------------------

    def _wait(self, request, comm):
        """Wait until an operation of a communicator is complete.

        Raises:
            RankError: a rank has ended that should take part in it.
        """
        self._operations[comm is self._leaders] += 1
        start = time.perf_counter()
        next_check, next_report = start + BETWEEN_CHECKS, start + SLOW
        has_reported = False
        while not request.Test():
            now = time.perf_counter()
            if now > start + IDLE_TIMEOUT:
                time.sleep(SLEEP)
            if now > next_check:
                next_check = now + BETWEEN_CHECKS
                try:
                    self.check_ended(comm)
                except RankError:
                    if not request.Test():  # otherwise it was completed while this rank was delayed
                        raise
                    break
            if now > next_report and not has_reported:
                self._announce_wait(comm)
                has_reported, next_report = True, now + TIME_TO_REPORT
            elif now > next_report:
                self._report_slow_ranks(comm, now - start)
                has_reported, next_report = False, now + 6 * SLOW
        self._barriers.waited += time.perf_counter() - start

    def _send(self, comm, rank, tag, number):
        """Send a number, too small to wait for a receiver."""
        self._sent[:] = [request for request in self._sent if not request.Test()]
        self._sent.append(comm.Isend(np.array([number]), rank, tag))

    def _listen(self, comm):
        for where, tag in ((self._comm, ENDED), (comm, WAITING)):
            status, number = self._mpi.Status(), np.zeros(1, np.int64)
            while where.Iprobe(self._mpi.ANY_SOURCE, tag, status):
                where.Recv(number, status.Get_source(), tag)
                if tag == ENDED:
                    self._heard.add(int(number[0]))
                    self._ended.setdefault(int(number[0]), time.perf_counter())
                else:
                    self._announced[where is self._leaders, status.Get_source()] = int(number[0])

    def check_ended(self, comm=None, ranks=None):
        """Raise a RankError if one of the ranks (all if None) has ended for some time."""
        self._listen(comm or self._comm)
        now = time.perf_counter()
        for rank in self._barriers.ended_ranks():
            self._ended.setdefault(rank, now)
        for rank, since in self._ended.items():
            if now > since + GRACE and (ranks is None or rank in ranks):
                self._barriers.check_rank(rank)  # for one on this host, it reports how it ended
                self._barriers.raise_ended(rank)

    def _announce_wait(self, comm):
        among_leaders, own = comm is self._leaders, comm.Get_rank()
        operation = self._announced[among_leaders, own] = self._operations[among_leaders]
        for rank in range(min(WITNESSES, comm.Get_size())):
            if rank != own:
                self._send(comm, rank, WAITING, operation)

    def _report_slow_ranks(self, comm, seconds):
        self._listen(comm)
        size, own, among_leaders = comm.Get_size(), comm.Get_rank(), comm is self._leaders
        operation = self._operations[among_leaders]
        waiting = {rank for rank in range(size) if self._announced.get((among_leaders, rank)) == operation}
        if own >= WITNESSES or own != min(waiting):
            return
        ranks = self._comm.Get_group()
        missing = comm.Get_group().Translate_ranks([r for r in range(size) if r not in waiting], ranks)
        if len(missing):
            self._barriers.print_slow([f"rank {rank}" for rank in missing], seconds)
