"""`Window`: sums and exchanges between the ranks of one host, in memory that they share (an MPI shared-memory window).

    rank 0   │ own numbers │──┐ chunk 0 of all ──► result 0 ┐
    rank 1   │ own numbers │──┼ chunk 1 of all ──► result 1 ├─► every rank reads all of it
    rank 2   │ own numbers │──┘ chunk 2 of all ──► result 2 ┘

Each rank writes its numbers, all meet, each adds one chunk of everybody's in the order of the ranks, all meet again. No
message is sent and no number copied twice. (MPI's Allreduce may share memory too; docs/distribution.md has the times of
both.) Few ranks, or ranks with few numbers, add all of them themselves, after one meeting: p ranks then read p arrays
and write one, where chunks take two of each and more waiting.

The order of additions is that of the ranks, in whichever order they arrive: the same bits in every run. Plans do the
same with compiled jobs (`plans/collective.py`), on the addresses that `positions` has, between the same barriers: so
one rank may run a plan while another is on the tape.
"""

import numpy as np

from minikeras.collectives.waiting import Barriers, Progress, RankError

FEW = 4096  # bytes up to which every rank adds everything itself
FEW_RANKS = 4  # up to which it does so for any number of bytes
LINE = 64  # bytes of a processor's cache line: counters of two ranks on one line would slow each other down
LINES = 5  # of counters and headers, of each rank
FIRST_CAPACITY = 1 << 20  # bytes for each rank
FIELDS = 4  # of a header: what is done, number of bytes, and two for the caller


class Window:
    """Shared memory of the ranks on one host.

    Args:
        mpi: the module `mpi4py.MPI`.
        comm: their communicator.
        ranks: the rank of each in the whole group.

    Attributes:
        barriers: the `Barriers`.
        place: this rank's number on the host.
        count: how many there are.
        written, added: the `Progress` of all in a sum that is made in buckets.
    """

    def __init__(self, mpi, comm, ranks):
        self._mpi, self._comm = mpi, comm
        self.place, self.count, self._ranks = comm.Get_rank(), comm.Get_size(), ranks
        self._control = self._allocate(LINE * LINES)
        table = [np.frombuffer(memory, np.int64) for memory in self._control[1]]
        one = np.frombuffer(self._control[2], np.int64)  # the whole, contiguous
        width = (LINE // 8) * LINES
        counters, states, pids = [_Strided(one, width, i * (LINE // 8)) for i in range(3)]
        reported = _Strided(one, width, 2 * (LINE // 8) + 1)
        self.barriers = Barriers(counters, states, pids, reported, self.place, ranks, self._control[0].Sync)
        first, second = (_Strided(one, width, 4 * (LINE // 8) + word) for word in range(2))
        self.written, self.added = (Progress(words, self.barriers) for words in (first, second))
        self._headers = [words[3 * (LINE // 8) : 3 * (LINE // 8) + 2 * FIELDS].reshape(2, FIELDS) for words in table]
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
        first, *others = [memory.ctypes.data for memory in self._bytes]
        self._first, self._own = first, self._bytes[self.place].ctypes.data
        self._step = others[0] - first if others else 0  # MPI gives ranks their memory one after the other
        if old is not None:
            old[0].Unlock_all()
            old[0].Free()

    # --- one operation ----------------------------------------------------------------------------------------------

    def sum(self, parts, dtype):
        """The sum over all ranks of the numbers in `parts`, a flat array in shared memory that the next `sum` reuses.

        Args:
            parts: [(array, factor)]: what this rank adds, flattened and joined.
            dtype: of the sum.

        Raises:
            RankError: the ranks do not add the same thing.
        """
        dtype = np.dtype(dtype)
        size = sum(array.size for array, _ in parts)
        nbytes = size * dtype.itemsize
        self.reserve(nbytes)
        half = self.half_now()
        self.write(parts, dtype)
        self.meet_for(nbytes, fingerprint([array.shape for array, _ in parts]))
        if not self.adds_chunks(nbytes):
            return self.add(slice(0, size), half, size, dtype, np.empty(size, dtype))
        result = self.result(nbytes).view(dtype)
        self.add(self.chunk(size), half, size, dtype, result[self.chunk(size)])
        self.barriers.meet()
        return result

    def adds_chunks(self, nbytes):
        """Whether each rank adds one chunk of this many bytes for all, rather than everything for itself."""
        return nbytes > FEW and self.count > FEW_RANKS

    def chunk(self, size):
        """Which of so many numbers this rank adds for all."""
        return slice(self.place * size // self.count, (self.place + 1) * size // self.count)

    def positions(self):
        """The addresses that compiled code uses until the next barrier: (where this rank writes, where rank 0 of the
        host writes, bytes from there to the next rank's, where the sum of chunks is)."""
        offset = self.half_now() * self.capacity
        return self._own + offset, self._first + offset, self._step, self._first + 2 * self.capacity

    def result(self, nbytes):
        """Where sums are for all ranks of the host to read, so many bytes."""
        return self._bytes[0][2 * self.capacity : 2 * self.capacity + nbytes]

    def numbers(self, number):
        """The integer of each rank, after one meeting."""
        headers = self._headers_of_all(self._write_header((4, number, 0, 0)))
        self._check_kind(4, headers)
        return [header[1] for header in headers]

    def write(self, parts, dtype):
        """This rank's numbers, for the next meeting: [(array, factor)], one after the other."""
        half, begin, size = self.half_now(), 0, sum(array.size for array, _ in parts)
        own = self._half(self.place, half)[: size * dtype.itemsize].view(dtype)
        for array, factor in parts:
            target = own[begin : begin + array.size].reshape(array.shape)
            if factor == 1:
                target[...] = array
            else:
                np.multiply(array, dtype.type(factor), out=target, casting="same_kind")
            begin += array.size

    def add(self, part, half, size, dtype, result):
        """`result` = that part of the `size` numbers that all ranks have written to a half, added in their order."""
        nbytes = size * dtype.itemsize
        numbers = [self._half(place, half)[:nbytes].view(dtype)[part] for place in range(self.count)]
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
        half = self.half_now()
        self._half(self.place, half)[: data.size] = data
        self.barriers.meet()
        return [self._half(place, half)[:size] for place, size in enumerate(sizes)]

    # --- inside -------------------------------------------------------------------------------------------------------

    def half_now(self):
        """Which half to write before the next meeting: ranks that were at the last one may still read the other."""
        return self.barriers.number & 1

    def _half(self, place, half):
        return self._bytes[place][half * self.capacity : (half + 1) * self.capacity]

    def reserve(self, nbytes):
        """Make room for so many bytes of each rank: on all ranks alike; if not, the others report it."""
        if nbytes > self.capacity:
            self._check_same((2, nbytes, 0, 0))
            self._grow(max(nbytes, 2 * self.capacity))

    def meet_for(self, nbytes, fingerprint):
        """The meeting of a sum, when this rank's numbers are written.

        Raises:
            RankError: the ranks do not add the same thing.
        """
        self._check_same((1, nbytes, fingerprint, 0))

    def _write_header(self, header):
        turn = self.barriers.number & 1
        self._headers[self.place][turn] = header
        self.barriers.meet()
        return turn

    def _headers_of_all(self, turn):
        return [headers[turn].tolist() for headers in self._headers]

    def _check_same(self, header):
        """Meet, and check that all came for the same thing."""
        turn = self._write_header(header)
        for place, other in enumerate(self._headers_of_all(turn)):
            if tuple(other) != header:
                raise RankError(
                    f"The ranks compute different things: rank {self._ranks[self.place]} adds {header[1]} bytes while "
                    f"rank {self._ranks[place]} is at something else ({other[1]} bytes). All "
                    "must run the same program on the same model: does it branch on the rank, or on random numbers "
                    "without a seed?"
                )

    def _exchange_sizes(self, size):
        headers = self._headers_of_all(self._write_header((3, size, 0, 0)))
        self._check_kind(3, headers)
        return [header[1] for header in headers]

    def _check_kind(self, kind, headers):
        other = next((place for place, header in enumerate(headers) if header[0] != kind), None)
        if other is not None:
            raise RankError(
                f"The ranks compute different things: rank {self._ranks[self.place]} exchanges results while rank "
                f"{self._ranks[other]} is at something else. All must run the same program."
            )


def fingerprint(shapes):
    """An integer by which ranks notice that they add arrays of different shapes."""
    return hash(tuple(shapes)) & 0x7FFFFFFF


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
