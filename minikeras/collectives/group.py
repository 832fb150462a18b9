"""`Group`: ranks that add, gather and broadcast arrays together. Every rank must call the same methods in order."""

import math
import os
import pickle
import time

import numpy as np

from minikeras.collectives.across_hosts import Hosts
from minikeras.collectives.sum_over_hosts import SumOverHosts
from minikeras.collectives.window import Window, fingerprint


class Group:
    """The ranks of a communicator, on one host or several.

    Args:
        mpi: the module `mpi4py.MPI`.
        comm: the communicator.

    Attributes:
        rank: this process's number.
        size: how many there are.
        hosts: the number of hosts; `across` is the `Hosts` if there are several, else None.
        operations: how many operations of all ranks there were: the same number at the same point of the program.
        sums, seconds_in_sums: how many sums were made, and the seconds that this rank spent in them, waiting included.
    """

    def __init__(self, mpi, comm):
        self._mpi, self.comm = mpi, comm
        self.rank, self.size = comm.Get_rank(), comm.Get_size()
        on_host = _on_one_host(mpi, comm)
        self.window = Window(mpi, on_host, on_host.allgather(self.rank))
        # The first rank of each host represents it; the others are in a communicator that is not used.
        leaders = comm.Split(0 if on_host.Get_rank() == 0 else 1, self.rank)
        self.hosts = comm.allreduce(1 if on_host.Get_rank() == 0 else 0)
        self.across = Hosts(mpi, comm, leaders, self.window.barriers) if self.hosts > 1 else None
        self.operations, self.sums, self.seconds_in_sums = 0, 0, 0.0
        self._subgroups = []

    def all_sum(self, arrays, factor=1.0, views=False):
        """[Σ over ranks of factor · array, for each array], in the order of the ranks: a list of arrays.

        Args:
            arrays: of the same shapes on all ranks.
            factor: a number, this rank's own.
            views: whether the results may be overwritten by the next sum, which saves a copy of them.
        """
        if not arrays:
            return []
        dtype = arrays[0].dtype  # in which they are added
        begun = time.perf_counter()
        parts = [(array, factor) for array in arrays]
        total = self.window.sum(parts, dtype) if self.across is None else self._sum_over_hosts(parts, dtype)
        results, begin = [], 0
        for array in arrays:
            part = total[begin : begin + array.size]
            results.append(part.astype(array.dtype, copy=not views).reshape(array.shape))
            begin += array.size
        self.note_sum(time.perf_counter() - begun)
        return results

    def _sum_over_hosts(self, parts, dtype):
        total = SumOverHosts(self.window, self.across, [array.size for array, _ in parts], dtype)
        total.begin()
        self.window.write(parts, dtype)
        return total.finish(fingerprint([array.shape for array, _ in parts]))

    def announce_end(self):
        """Let ranks on other hosts know that this one ends its program."""
        groups = [group.across for group in (self, *self._subgroups) if group.across is not None]
        for across in groups:
            across.announce_end()
        for across in groups:
            across.receive_ends()

    def note_sum(self, seconds):
        """A sum was made, in so many seconds."""
        self.operations += 1
        self.sums += 1
        self.seconds_in_sums += seconds

    def joined(self, *arrays):
        """The arrays of all ranks, concatenated along the first axis, for each of `arrays`, all with as many rows.

        On all ranks they have the same dtypes, and the same lengths of their other axes.
        """
        data = [np.ascontiguousarray(array).reshape(-1).view(np.uint8) for array in arrays]
        widths = [math.prod(array.shape[1:]) * array.itemsize for array in arrays]
        ends = np.cumsum(widths)
        found = [[] for _ in arrays]
        for part in self._gather(np.concatenate(data)):
            count = len(part) // ends[-1]
            for own, array, end, width in zip(found, arrays, ends, widths, strict=True):
                rows = part[count * (end - width) : count * end]
                own.append(rows.view(array.dtype).reshape(count, *array.shape[1:]))
        return [np.concatenate(own) for own in found]

    def numbers(self, number):
        """The integer of each rank, in a list: the quickest exchange."""
        if self.hosts > 1:
            return self.exchange(int(number))
        self.operations += 1
        return self.window.numbers(int(number))

    def any(self, flag):
        """Whether a flag is set on any rank."""
        return any(self.numbers(bool(flag)))

    def all_gather(self, array):
        """Every rank's array, in a list. Their shapes may differ."""
        return self.exchange(np.ascontiguousarray(array))

    def exchange(self, value):
        """The value of each rank, in a list: anything that can be pickled, between processes of one program."""
        data = np.frombuffer(pickle.dumps(value, protocol=5), np.uint8)
        return [pickle.loads(part.tobytes()) for part in self._gather(data)]

    def lent(self, arrays, kinds):
        """The arrays of each rank, in a list of lists: views, until the next operation.

        Args:
            arrays: this rank's, C-contiguous.
            kinds: for each rank the (dtype, shape) of each of its arrays.
        """
        data = [array.reshape(-1).view(np.uint8) for array in arrays]
        found = []
        for part, those in zip(self._gather(np.concatenate(data or [np.empty(0, np.uint8)])), kinds, strict=True):
            ends = np.cumsum([dtype.itemsize * math.prod(shape) for dtype, shape in those])
            chunks = np.split(part, ends[:-1].astype(int)) if those else []
            found.append(
                [chunk.view(dtype).reshape(shape) for chunk, (dtype, shape) in zip(chunks, those, strict=True)]
            )
        return found

    def _gather(self, data):
        self.operations += 1
        return self.window.gather(data) if self.across is None else self.across.gather(data)

    def broadcast(self, value):
        """Rank 0's value."""
        return self.exchange(value if self.rank == 0 else None)[0]

    def subgroup(self, color):
        """The Group of all ranks that pass the same number, in their order."""
        self._subgroups.append(Group(self._mpi, self.comm.Split(color, self.rank)))
        return self._subgroups[-1]

    def barrier(self):
        """Wait for all ranks."""
        self.exchange(None)


def _on_one_host(mpi, comm):
    """The communicator of those on this host. (MINIKERAS_RANKS_PER_HOST=2 pretends that it has no more, for tests.)"""
    limit = int(os.environ.get("MINIKERAS_RANKS_PER_HOST", "0"))
    if limit:
        comm = comm.Split(comm.Get_rank() // limit, comm.Get_rank())
    return comm.Split_type(mpi.COMM_TYPE_SHARED, comm.Get_rank())
