"""`ChainLanes`: the jobs of a `Chain` (see `chains.py`), once for each thread, on arrays of its own."""

from copy import copy

import numpy as np

from minikeras.config import for_one_thread, threads
from minikeras.kernels.chain_jobs import add_pieces_jobs, do_chain
from minikeras.kernels.memory import LINE, address_of, aligned, shared_scratch
from minikeras.plans.allocate import Arena, Life
from minikeras.plans.lower import lowering_of

NUMBERS = LINE // 4  # of a cache line


class ChainLanes:
    """A chain as jobs.

    Args:
        chain: the `Chain`.
        plan: the `Plan`.
        root: {slot: the slot whose place it shares}.
        arrays: {slot: its array}, of those that do not lie in lanes.

    Attributes:
        preparing: jobs that only prepare weights, to be run before.
        jobs: the jobs that do the chain.
        inner: the jobs of all lanes, which these run.
        by_position: {position of an instruction: its jobs in the first lane}.
    """

    def __init__(self, chain, plan, root, arrays):
        self._chain, self._plan, self._root, self._arrays = chain, plan, root, arrays
        self._slots = self._slots_of_a_piece()
        pieces, count = chain.samples // chain.size, threads()
        self._columns, width = self._columns_of_sums()
        self._parts = aligned((pieces, max(width, NUMBERS)))
        lanes = [self._jobs_of_a_lane() for _ in range(count)]
        self.by_position = lanes[0]
        lanes = [[job for jobs in lane.values() for job in jobs] for lane in lanes]
        self.preparing = [job for job in lanes[0] if job.prepares is not None]
        for lane in lanes[1:]:
            _share_weights(self.preparing, lane)
        self._lanes = [[job for job in lane if job.prepares is None] for lane in lanes]
        self.inner = [job for lane in self._lanes for job in lane]
        self._table = np.zeros((count, 4), np.int64)
        self.jobs = [do_chain.job(pieces, self._table)]
        places = [(column, arrays[i].size, address_of(arrays[i])) for i, column in self._columns.items()]
        if places:
            self.jobs += add_pieces_jobs(self._parts, places)

    def _slots_of_a_piece(self):
        """The plan's slots, with the shapes that they have for a piece."""
        slots = list(self._plan.slots)
        for i in self._chain.cut:
            slots[i] = copy(slots[i])
            slots[i].shape = (self._chain.size, *slots[i].shape[1:])
        return slots

    def _columns_of_sums(self):
        """({slot of a sum: its first column among the numbers of a piece}, the number of columns)."""
        columns, width = {}, 0
        for i in sorted(self._chain.sums):
            columns[i] = width
            width += -(-self._arrays[i].size // NUMBERS) * NUMBERS
        return columns, width

    def _jobs_of_a_lane(self):
        """{position: jobs} for the first piece, with places for what is inside of the chain."""
        chain, arrays = self._chain, dict(self._arrays)
        arena = Arena(self._lives())
        for i in chain.cut:
            root, slot = self._root[i], self._slots[i]
            if root in chain.inside:
                arrays[i] = arena.array(root, slot.shape, slot.dtype)
            else:
                arrays[i] = self._arrays[root][: chain.size].reshape(slot.shape)
        for i, column in self._columns.items():
            arrays[i] = self._parts[0, column : column + self._arrays[i].size].reshape(self._slots[i].shape)
        instructions = self._plan.instructions
        with for_one_thread(), shared_scratch():
            return {p: lowering_of(instructions[p], self._slots).jobs(arrays) for p in chain.positions}

    def _lives(self):
        """A `Life` for each place in a lane."""
        lives = {}
        for position in self._chain.positions:
            lowering = self._plan.lowered[position]
            for i in (*lowering.reads, *lowering.writes):
                root = self._root[i]
                if root in self._chain.inside:
                    first = lives[root].first if root in lives else position
                    lives[root] = Life(root, first, position, self._slots[i].nbytes)
        return list(lives.values())

    def fill(self):
        """Tell compiled code where the jobs are. They are compiled by then."""
        self._held = []
        for row, jobs in zip(self._table, self._lanes, strict=True):
            rows = np.array([job.row() for job in jobs], np.int64).reshape(-1, 3)
            moves = self._moves(jobs)
            self._held.append((rows, moves))
            row[:] = address_of(rows), len(rows), address_of(moves), len(moves)
        self.jobs[0].holds = self._held, self.inner

    def _moves(self, jobs):
        """The words in the jobs of a lane that depend on the piece: (address, value for piece 0, what a piece adds)."""
        chain, ranges = self._chain, []
        for root in {self._root[i] for i in chain.cut} - chain.inside:
            array = self._arrays[root]
            ranges.append((address_of(array), array.nbytes, array.nbytes // len(array) * chain.size))
        ranges.append((address_of(self._parts), self._parts[0].nbytes, self._parts[0].nbytes))
        moves = []
        for block in _words_of(jobs):
            for position, word in enumerate(block.tolist()):
                for start, nbytes, step in ranges:
                    if start <= word < start + nbytes:
                        moves.append((address_of(block) + 8 * position, word, step))
        return np.array(moves, np.int64).reshape(-1, 3)


def _words_of(jobs):
    """Argument blocks, and tables of addresses among the arguments."""
    tables = {id(a): a for job in jobs for a in job.arguments if getattr(a, "dtype", None) == np.int64}
    return [*[job.block for job in jobs], *[table.reshape(-1) for table in tables.values()]]


def _share_weights(preparing, lane):
    """Let the jobs of a lane read what the jobs `preparing` of the first lane write."""
    shared = {}
    own = [job for job in lane if job.prepares is not None]
    for ours, theirs in zip(preparing, own, strict=True):
        for array, other in zip(ours.arguments, theirs.arguments, strict=True):
            if isinstance(array, np.ndarray):
                shared[address_of(other)] = array
    for job in lane:
        job.refer_to(shared)
