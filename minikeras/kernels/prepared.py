"""Jobs made once for all arrays of the same shapes: what the tape runs in every step.

Making a job takes 10 to 50 µs of Python, several times that when a kernel has just swept the caches, and a step on the
tape wants the same jobs as the step before, for other arrays. So they are kept, with the scratch that they work in, and
only the addresses in their argument blocks change.

Which words of a block are addresses, and of which array, is found by making the jobs twice, for arrays that lie
elsewhere: a word that differs is an address, and the difference tells whose. Where that leaves a doubt, nothing is kept
and the jobs are made anew each time.
"""

import threading

import numpy as np

from minikeras.config import convolution_algorithm, threads
from minikeras.kernels.memory import LINE
from minikeras.kernels.tasks import JobList, address_of, run

MOST_SCRATCH = 1 << 28  # bytes that are kept, for each thread of Python
MOST_FORMS = 1024  # combinations of shapes and settings, likewise
NEW, UNFIT = object(), object()


class Known(threading.local):
    """What this thread of Python has met: {key: `Prepared`, None after the first time, or UNFIT}, last used at the end.

    Each thread has its own, since two of them must not work in the same scratch.
    """

    def __init__(self):
        self.forms = {}
        self.scratch = 0  # bytes

    def make_room(self):
        """Forget what was not used for longest."""
        while len(self.forms) > MOST_FORMS or self.scratch > MOST_SCRATCH:
            self.scratch -= getattr(self.forms.pop(next(iter(self.forms))), "scratch_bytes", 0)


known = Known()


def run_prepared(build, arrays, *settings):
    """`run(build(*arrays, *settings))`, with the jobs of the last time if the arrays have the same shapes.

    Args:
        build: a function of a module that returns jobs, and looks at shapes alone, not at numbers or addresses.
        arrays: those that the jobs read and write, not empty, with steps upwards; None where `build` takes that.
        settings: hashable.
    """
    addresses, forms = [], []
    for array in arrays:
        addresses.append(0 if array is None else address_of(array))
        forms.append(None if array is None else (array.shape, array.strides))
    key = build, tuple(forms), settings, threads(), convolution_algorithm()
    prepared = known.forms.pop(key, NEW)
    if prepared is None:
        prepared = prepare(build, arrays, settings)
        known.scratch += getattr(prepared, "scratch_bytes", 0)
    known.forms[key] = None if prepared is NEW else prepared
    if prepared is NEW or prepared is UNFIT:
        run(build(*arrays, *settings))
    else:
        prepared.run_on(addresses)
    if prepared is NEW or known.scratch > MOST_SCRATCH:
        known.make_room()


class Prepared(JobList):
    """Jobs without their arrays.

    Args:
        jobs: the jobs.
        words: their argument blocks, one after the other.
        places: [(position of a word, number of the array whose address it holds, offset from that array's start)].
        scratch: the arrays of the jobs' own, to be kept alive.
    """

    def __init__(self, jobs, words, places, scratch):
        super().__init__(())  # no jobs: they would keep their arrays
        self.words = words
        self.positions, self.whose, self.offsets = np.array(places, np.int64).reshape(-1, 3).T
        self.scratch = scratch
        self.scratch_bytes = sum(array.nbytes for array in scratch)
        self._kernels = [(job.kernel, job.tasks, job.block.size) for job in jobs]

    def run_on(self, addresses):
        """Run the jobs on arrays at these addresses."""
        self.words[self.positions] = np.array(addresses, np.int64)[self.whose] + self.offsets
        self.run()

    def _kernels_to_run(self):
        return [kernel for kernel, _, _ in self._kernels]

    def _rows(self):
        rows, block = [], address_of(self.words)
        for kernel, tasks, size in self._kernels:
            rows.append((kernel.address(), block, tasks))
            block += 8 * size
        return rows


def prepare(build, arrays, settings):
    """The `Prepared` jobs for arrays of these shapes, or UNFIT."""
    others = [None if array is None else _elsewhere(array, number) for number, array in enumerate(arrays)]
    jobs, twins = build(*arrays, *settings), build(*others, *settings)
    pairs = [(i, arrays[i], other) for i, other in enumerate(others) if other is not None]
    moves = {address_of(other) - address_of(array): i for i, array, other in pairs}
    if len(moves) < len(pairs):
        return UNFIT  # two arrays moved equally far
    scratch, scratch_moves = [], set()
    for own, theirs in zip(_arrays_of(jobs), _arrays_of(twins), strict=True):
        move = address_of(theirs) - address_of(own)
        if move not in moves:
            scratch.append(own)
            scratch_moves.add(move)
        elif not np.may_share_memory(own, arrays[moves[move]]):
            return UNFIT  # moved as far as an array of the caller, by chance
    words, twin_words = (np.concatenate([job.block for job in made]) for made in (jobs, twins))
    starts = [0 if array is None else address_of(array) for array in arrays]
    places = []
    for position in np.flatnonzero(words != twin_words):
        move = int(twin_words[position] - words[position])
        if move in moves:
            places.append((position, moves[move], words[position] - starts[moves[move]]))
        elif move not in scratch_moves:
            return UNFIT
    return Prepared(jobs, words, places, scratch)


def _arrays_of(jobs):
    """All arrays that jobs know, in order."""
    return [x for job in jobs for x in (*job.arguments, *job.holds) if isinstance(x, np.ndarray)]


def _elsewhere(array, number):
    """Room like that of an array, at another place for each number: the same shape and steps."""
    length = array.itemsize + sum((n - 1) * step for n, step in zip(array.shape, array.strides, strict=True))
    memory = np.empty(length + (1 + 3 * number) * LINE, np.uint8)
    return np.ndarray(array.shape, array.dtype, memory, 3 * number * LINE, array.strides)
