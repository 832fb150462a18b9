"""`Relocation`: runs the same jobs on other arrays.

A plan's Variables get new arrays, a layer on the tape is called with other arrays in each step, each thread has its own
workspaces: the jobs stay the same, and only addresses change. The kernel's annotations and its tables declare which
words of a job are addresses, and of which array (`Job.addresses`); so an integer of whichever value is never taken for
an address.
"""

from minikeras.kernels.memory import address_of, extent, owner_of


class ArrayMap:
    """Finds the array, among several, that contains another: the array itself, or one of which it is a view.

    An empty array belongs to any in the same memory: it keeps that alive, and its address is never read.

    Args:
        arrays: no two may share memory, except those that always move together. None for absent arrays.
    """

    def __init__(self, arrays):
        self._arrays = arrays  # as long as they are alive no other object has the id of an owner
        self._parts = {}  # id of the owner of the memory -> [(first address, last address, index of the array)]
        for number, array in enumerate(arrays):
            if array is not None:
                self._parts.setdefault(id(owner_of(array)), []).append((*extent(array), number))

    def number_of(self, array):
        """The index of the array that contains this one; None if none does."""
        address = address_of(array)
        for first, end, number in self._parts.get(id(owner_of(array)), ()):
            if first <= address < end or array.size == 0:
                return number
        return None

    def __contains__(self, array):
        return self.number_of(array) is not None


class Relocation:
    """The positions of the addresses of some arrays in the words that jobs read.

    The jobs release these arrays: from then on the caller keeps their arrays alive.

    Args:
        jobs: jobs that hold the arrays, or views of them.
        arrays: those to be replaced by others; see `ArrayMap`.

    Attributes:
        addresses: of the arrays that the jobs run on.
    """

    def __init__(self, jobs, arrays):
        known = ArrayMap(arrays)
        self.addresses = [0 if array is None else address_of(array) for array in arrays]
        self._positions = [[] for _ in arrays]  # for each array (words, position, offset from the array's start)
        for words, position, array in addresses_in(jobs):
            number = known.number_of(array)
            if number is not None:
                offset = int(words[position]) - self.addresses[number]
                self._positions[number].append((words, position, offset))
        for job in jobs:
            job.release(known)

    def positions(self):
        """For each address: (an int64 array, position in it, index of its array, offset)."""
        for number, positions in enumerate(self._positions):
            for words, position, offset in positions:
                yield words, position, number, offset

    def move_to(self, addresses):
        """Make the jobs run on arrays at these addresses, of the same shapes and strides."""
        for number, address in enumerate(addresses):
            if address != self.addresses[number]:
                self.addresses[number] = None  # Ctrl-C may come before all are written: then the next call writes again
                for words, position, offset in self._positions[number]:
                    words[position] = address + offset
                self.addresses[number] = address


def addresses_in(jobs):
    """`Job.addresses` of several jobs; a table that several of them read counts once."""
    tables = {id(table): table for job in jobs for table in job.tables}
    for job in jobs:
        yield from job.addresses()
    for table in tables.values():
        yield from table.addresses()
