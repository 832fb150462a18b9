"""Memory: every array that compiled code uses gets a fixed offset in one arena, whose memory is reused.

The lifetime of an array lasts from the first instruction that writes it to the last that reads it. Arrays with disjoint
lifetimes may share memory:

    position   0   1   2   3   4   5
    a          ■───■                        offset 0
    b              ■───■───■                offset 4096
    c                  ■───■                offset 0, where a was

Arrays are placed by size, largest first, each at the lowest offset that is free for its whole lifetime: simple, and
within a few per cent of the optimum in practice. Chains of arrays of one size, each needed together with the next, may
take three offsets instead of two if the last overlaps a larger array. Then another order is tried too: first the arrays
that are alive when most memory is needed, from the earliest to the latest, packed without gaps, then those of other
times (DenseNet121, a prediction: 1296 KB instead of 1440). All start on a cache line.
"""

from bisect import insort
from typing import NamedTuple

import numpy as np

from minikeras.kernels.memory import LINE, aligned

LARGEST_SHARE = 1.05  # of the memory needed at once: if the arena is larger, another order is tried
EARLIEST = -1  # the position before the first instruction, where a batch's lifetime begins


class Lifetime(NamedTuple):
    """When an array is needed, and how large it is."""

    key: int
    first: int
    last: int
    nbytes: int


def offsets(lifetimes):
    """({key: offset}, size of the arena) for arrays with these lifetimes."""
    needed = needed_bytes(lifetimes)
    found, size = _placed(sorted(lifetimes, key=lambda lifetime: (-lifetime.nbytes, lifetime.first, lifetime.key)))
    if size > LARGEST_SHARE * needed.max(initial=0):
        tightest = {life.key: -needed[life.first - EARLIEST : life.last + 1 - EARLIEST].max() for life in lifetimes}
        order = sorted(lifetimes, key=lambda life: (tightest[life.key], life.first, -life.nbytes, life.key))
        found, size = min((found, size), _placed(order), key=lambda pair: pair[1])
    return found, size


def needed_bytes(lifetimes):
    """The bytes of all arrays alive at each position, from `EARLIEST` on: no arena can have fewer."""
    changes = np.zeros(max((lifetime.last for lifetime in lifetimes), default=EARLIEST) + 2 - EARLIEST, np.int64)
    for lifetime in lifetimes:
        changes[lifetime.first - EARLIEST] += _size(lifetime)
        changes[lifetime.last + 1 - EARLIEST] -= _size(lifetime)
    return changes.cumsum()


def _size(lifetime):
    return -(-max(lifetime.nbytes, 1) // LINE) * LINE


def _placed(lifetimes):
    """The same for arrays that are placed in this order."""
    placed, found, end = [], {}, 0
    for lifetime in lifetimes:
        size, offset = _size(lifetime), 0
        for start, stop, first, last in placed:
            if lifetime.last < first or last < lifetime.first:
                continue  # not at the same time
            if offset + size <= start:
                break
            offset = max(offset, stop)
        insort(placed, (offset, offset + size, lifetime.first, lifetime.last))
        found[lifetime.key] = offset
        end = max(end, offset + size)
    return found, end


class Memory:
    """The block of memory that the arenas of one model share: its plans never run at the same time.

    Plans of smaller batches fit into the block of the largest, which usually comes first. A plan that needs more gets a
    larger block, and later ones share that.
    """

    def __init__(self):
        self._block = aligned((0,), np.uint8)

    def block(self, nbytes):
        """At least `nbytes` of memory."""
        if self._block.size < nbytes:
            self._block = aligned((nbytes,), np.uint8)
        return self._block


class Arena:
    """One block of memory with an array at each offset.

    Args:
        lifetimes: a `Lifetime` for each array.
        memory: the `Memory` from which the block comes; a new one if None.

    Attributes:
        count: number of arrays.
        wanted: bytes of all arrays.
        nbytes: bytes of the arena.
    """

    def __init__(self, lifetimes, memory=None):
        self._offsets, self.nbytes = offsets(lifetimes)
        self.count = len(lifetimes)
        self.wanted = sum(lifetime.nbytes for lifetime in lifetimes)
        self._block = (memory or Memory()).block(max(self.nbytes, 1))

    def array(self, key, shape, dtype):
        """The array with this key, uninitialized."""
        start = self._offsets[key]
        dtype = np.dtype(dtype)
        length = int(np.prod(shape)) * dtype.itemsize
        return self._block[start : start + length].view(dtype).reshape(shape)
