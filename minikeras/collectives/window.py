"""`Window`: sums and exchanges between the ranks of one host, in memory that they share (an MPI shared-memory window).

    rank 0   │ own numbers │──┐ chunk 0 of all ──► result 0 ┐
    rank 1   │ own numbers │──┼ chunk 1 of all ──► result 1 ├─► every rank reads all of it
    rank 2   │ own numbers │──┘ chunk 2 of all ──► result 2 ┘

Each rank writes its numbers, all meet, each adds one chunk of everybody's in the order of the ranks, all meet again. No
message is sent and no number copied twice: two ranks add 1,000,000 floats in a fraction of the time of MPI's Allreduce
(`benchmarks/bench_collectives.py` measures both). For few numbers each rank adds all of them itself, after one meeting.

The order of additions is that of the ranks, in whichever order they arrive: the same bits in every run.
"""

import numpy as np

from minikeras.collectives.waiting import Meetings, RankError

FEW = 4096  # bytes up to which every rank adds everything itself
LINE = 64  # bytes of a processor's cache line: counters of two ranks on one line would slow each other down
FIRST_CAPACITY = 1 << 20  # bytes for each rank
FIELDS = 4  # of a header: what is done, number of bytes, and two for the caller


class Window:
    """Shared memory of the ranks on one host.

    Args:
        mpi: the module `mpi4py.MPI`.
        comm: their communicator.
        ranks: the rank of each in the whole group.

    Attributes:
        meetings: the `Meetings`.
        place: this rank's number on the host.
        count: how many there are.
    """

    def __init__(self, mpi, comm, ranks):
        self._mpi, self._comm = mpi, comm
        self.place, self.count, self._ranks = comm.Get_rank(), comm.Get_size(), ranks
        self._control = self._allocate(LINE * (3 + self.count))
        table = [np.frombuffer(memory, np.int64) for memory in self._control[1]]
        one = np.frombuffer(self._control[2], np.int64)  # the whole, contiguous
        width = (LINE // 8) * (3 + self.count)
        counters, states, pids = [_Strided(one, width, i * (LINE // 8)) for i in range(3)]
        reported = _Strided(one, width, 2 * (LINE // 8) + 1)
        self.meetings = Meetings(counters, states, pids, reported, self.place, ranks, self._control[0].Sync)
        self._headers = [words[3 * (LINE // 8) : 3 * (LINE // 8) + 2 * FIELDS].reshape(2, FIELDS) for words in table]
        self._parity = 0
        self._data = None
        self._grow(FIRST_CAPACITY)

    def _allocate(self, size):
        """(the MPI window, the memory of each rank, that of all as one)."""
        size = -(-size // LINE) * LINE
        window = self._mpi.Win.Allocate_shared(size, 1, comm=self._comm)
        window.Lock_all(self._mpi.MODE_NOCHECK)  # one epoch for ever: loads and stores at any time
        parts = [window.Shared_query(place)[0] for place in range(self.count)]
        memory = np.frombuffer(parts[self.place], np.uint8)
        memory[:] = 0
        self._comm.Barrier()
        whole = self._mpi.memory.fromaddress(np.frombuffer(parts[0], np.uint8).ctypes.data, size * self.count)
        return window, parts, whole

    def _grow(self, capacity):
        """Give each rank room for `capacity` bytes twice: ranks that are done with one half may write the other."""
        self.capacity = -(-capacity // LINE) * LINE
        old = self._data
        self._data = self._allocate(3 * self.capacity)
        self._bytes = [np.frombuffer(memory, np.uint8) for memory in self._data[1]]
        if old is not None:
            old[0].Unlock_all()
            old[0].Free()

    # --- one operation ----------------------------------------------------------------------------------------------

    def sum(self, parts, dtype, finish=None):
        """The sum over all ranks of the numbers in `parts`, a flat array in shared memory that the next `sum` reuses.

        Args:
            parts: [(array, factor)]: what this rank adds, flattened and joined.
            dtype: of the sum.
            finish: called with the sum when it is that of this host, to add those of other hosts (on the first rank).

        Raises:
            RankError: the ranks do not add the same thing.
        """
        dtype = np.dtype(dtype)
        size = sum(array.size for array, _ in parts)
        nbytes = size * dtype.itemsize
        self._reserve(nbytes)
        self._parity ^= 1
        self._write(parts, size, dtype)
        self._check_same(1, nbytes, self._fingerprint(parts))
        if nbytes <= FEW and finish is None:
            return self._added(slice(0, size), size, dtype, np.empty(size, dtype))
        result = self._bytes[0][2 * self.capacity : 2 * self.capacity + nbytes].view(dtype)
        share = slice(self.place * size // self.count, (self.place + 1) * size // self.count)
        self._added(share, size, dtype, result[share])
        self.meetings.meet()
        if finish is not None:
            if self.place == 0:
                finish(result)
            self.meetings.meet()
        return result

    def _write(self, parts, size, dtype):
        own = self._half(self.place)[: size * dtype.itemsize].view(dtype)
        begin = 0
        for array, factor in parts:
            target = own[begin : begin + array.size].reshape(array.shape)
            if factor == 1:
                target[...] = array
            else:
                np.multiply(array, dtype.type(factor), out=target, casting="same_kind")
            begin += array.size

    def _added(self, part, size, dtype, result):
        """`result` = that part of all ranks' numbers, added in their order."""
        numbers = [self._half(place)[: size * dtype.itemsize].view(dtype)[part] for place in range(self.count)]
        if self.count == 1:
            result[...] = numbers[0]
            return result
        np.add(numbers[0], numbers[1], out=result)
        for more in numbers[2:]:
            result += more
        return result

    def gather(self, data):
        """The bytes of every rank: a list of arrays, valid until the next operation.

        Args:
            data: flat uint8 array, of any length on each rank.
        """
        sizes = self._exchange_sizes(data.size)
        if max(sizes) > self.capacity:
            self._grow(max(sizes))
        self._parity ^= 1
        self._half(self.place)[: data.size] = data
        self.meetings.meet()
        return [self._half(place)[:size] for place, size in enumerate(sizes)]

    # --- inside -------------------------------------------------------------------------------------------------------

    def _half(self, place):
        return self._bytes[place][self._parity * self.capacity : (self._parity + 1) * self.capacity]

    def _reserve(self, nbytes):
        if nbytes > self.capacity:  # on all ranks alike; if not, `_check_same` of the others reports it
            self._check_same(2, nbytes, 0)
            self._grow(max(nbytes, 2 * self.capacity))

    @staticmethod
    def _fingerprint(parts):
        return hash(tuple([array.shape for array, _ in parts])) & 0x7FFFFFFF

    def _check_same(self, kind, nbytes, fingerprint):
        """Meet, and check that all came for the same thing."""
        header = (kind, nbytes, fingerprint, 0)
        turn = self._turn = getattr(self, "_turn", 0) ^ 1
        self._headers[self.place][turn] = header
        self.meetings.meet()
        for place in range(self.count):
            if tuple(self._headers[place][turn].tolist()) != header:
                raise RankError(
                    f"The ranks compute different things: rank {self._ranks[self.place]} adds {nbytes} bytes while "
                    f"rank {self._ranks[place]} is at something else ({int(self._headers[place][turn][1])} bytes). All "
                    "must run the same program on the same model: does it branch on the rank, or on random numbers "
                    "without a seed?"
                )

    def _exchange_sizes(self, size):
        turn = self._turn = getattr(self, "_turn", 0) ^ 1
        self._headers[self.place][turn] = (3, size, 0, 0)
        self.meetings.meet()
        kinds = [int(self._headers[place][turn][0]) for place in range(self.count)]
        if set(kinds) != {3}:
            other = next(place for place, kind in enumerate(kinds) if kind != 3)
            raise RankError(
                f"The ranks compute different things: rank {self._ranks[self.place]} gathers results while rank "
                f"{self._ranks[other]} adds numbers. All must run the same program."
            )
        return [int(self._headers[place][turn][1]) for place in range(self.count)]


class _Strided:
    """Every rank's word number `first` in an array with `width` words of each rank, as Python integers.

    (A memoryview gives a word in a third of the time of a NumPy array.)
    """

    def __init__(self, words, width, first):
        self._words, self._width, self._first = memoryview(words), width, first

    def __getitem__(self, place):
        return self._words[place * self._width + self._first]

    def __setitem__(self, place, value):
        self._words[place * self._width + self._first] = value
