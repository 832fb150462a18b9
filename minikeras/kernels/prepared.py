"""Jobs built once for all arrays of the same shapes, which the tape runs in every step.

Building a job takes 10 to 50 µs of Python, several times that when a kernel has just evicted the caches, and a step on
the tape needs the same jobs as the step before, for other arrays. So they are cached, with their scratch, and only the
addresses of the caller's arrays change (`relocation.py`). They are built for placeholders of these arrays that share no
memory, so the caller may pass one array in two roles.
"""

import threading

import numpy as np

from minikeras.config import convolution_algorithm, threads
from minikeras.kernels.memory import aligned, extent, owner_of
from minikeras.kernels.registry import jit_disabled
from minikeras.kernels.relocation import Relocation, addresses_in
from minikeras.kernels.tasks import JobList, address_of, run

MAX_SCRATCH = 1 << 28  # bytes of scratch that each Python thread keeps
MAX_FORMS = 1024  # combinations of shapes and settings, likewise
NEW = object()


class Known(threading.local):
    """The jobs that this Python thread has used: {key: `Prepared`, or None after the first time}, last used at the end.

    Each thread has its own, since two threads must not share scratch.
    """

    def __init__(self):
        self.forms = {}
        self.scratch = 0  # bytes

    def evict(self):
        """Evict the least recently used entries."""
        while len(self.forms) > MAX_FORMS or self.scratch > MAX_SCRATCH:
            self.scratch -= getattr(self.forms.pop(next(iter(self.forms))), "scratch_bytes", 0)


known = Known()


def run_prepared(build, arrays, *settings):
    """`run(build(*arrays, *settings))`, with cached jobs if the arrays have the same shapes.

    Args:
        build: a module-level function that returns jobs and depends on shapes alone, not on values or addresses.
        arrays: those that the jobs read and write, not empty, with positive strides; None where `build` accepts it.
        settings: hashable.
    """
    shapes = tuple([None if array is None else (array.shape, array.strides) for array in arrays])
    key = build, shapes, settings, threads(), convolution_algorithm()
    prepared = known.forms.pop(key, NEW)
    if prepared is None:
        prepared = prepare(build, arrays, settings)
        known.scratch += getattr(prepared, "scratch_bytes", 0)
    known.forms[key] = None if prepared is NEW else prepared
    if prepared is NEW:
        run(build(*arrays, *settings))
    else:
        prepared.run_on(tuple(arrays))
    if prepared is NEW or known.scratch > MAX_SCRATCH:
        known.evict()


class Prepared(JobList):
    """Jobs detached from the arrays that they were built for.

    Args:
        jobs: the jobs.
        arrays: those to be replaced by others; None for absent ones.

    Attributes:
        scratch_bytes: of the jobs' own arrays, which they keep alive.
    """

    def __init__(self, jobs, arrays):
        super().__init__(jobs)
        self._relocation = Relocation(jobs, arrays)
        owners = {id(owner): owner for owner in [owner_of(array) for _, _, array in addresses_in(jobs)]}
        self.scratch_bytes = sum(owner.nbytes for owner in owners.values())

        self._move = None  # made at the first run

    def run_on(self, arrays):
        """Run the jobs on these arrays, a tuple."""
        move = self._move or self._mover()
        move(arrays)
        self.run()

    def _mover(self):
        if jit_disabled():
            return lambda arrays: self._relocation.move_to([0 if a is None else address_of(a) for a in arrays])
        from minikeras.kernels.machine.moving import mover  # here, because it imports LLVM

        self._move = mover(self._relocation.places())
        return self._move


def prepare(build, arrays, settings):
    """The `Prepared` jobs for arrays of these shapes."""
    stand_ins = [None if array is None else _stand_in(array) for array in arrays]
    return Prepared(build(*stand_ins, *settings), stand_ins)


def _stand_in(array):
    """An uninitialized array of the same shape and strides, which starts on a cache line."""
    first, end = extent(array)
    memory = aligned((end - first,), np.uint8)
    return np.ndarray(array.shape, array.dtype, memory, address_of(array) - first, array.strides)
