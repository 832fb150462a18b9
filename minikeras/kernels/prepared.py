"""Jobs built once for all arrays of the same shapes, which the tape runs in every step.

Building a job takes 10 to 50 µs of Python, several times that when a kernel has just evicted the caches, and a step on
the tape needs the same jobs as the step before, for other arrays. So they are cached, with their scratch, and only the
addresses of the caller's arrays change (`relocation.py`). They are built for placeholders of these arrays that share no
memory, so the caller may pass one array in two roles.

A run handles signals, and a handler may run the same model. So jobs are taken out of the cache while they run: what the
handler does with arrays of the same shapes has jobs of its own.
"""

import threading

import numpy as np

from minikeras.config import job_settings
from minikeras.kernels.job_lists import JobList, machine, run
from minikeras.kernels.memory import aligned, extent, owner_of
from minikeras.kernels.registry import jit_disabled
from minikeras.kernels.relocation import Relocation, addresses_in
from minikeras.kernels.tasks import address_of

MAX_SCRATCH = 1 << 28  # bytes of scratch that each Python thread keeps
MAX_FORMS = 1024  # combinations of shapes and settings, likewise
NEW = object()


class Known(threading.local):
    """The jobs that this Python thread has used and that do not run now.

    Each thread has its own, since two threads must not share scratch.

    Attributes:
        forms: {key: `Prepared`, or None after the first time}, last used at the end.
        scratch: bytes of theirs, and of those that run.
    """

    def __init__(self):
        self.forms = {}
        self.scratch = 0

    def evict(self):
        """Remove the least recently used ones, as long as there are too many."""
        while self.forms and (len(self.forms) > MAX_FORMS or self.scratch > MAX_SCRATCH):
            self.remove(next(iter(self.forms)))

    def remove(self, key):
        """Remove an entry, if there is one."""
        form = self.forms.pop(key, None)
        if form is not None:
            self.scratch -= form.scratch_bytes


known = Known()


def run_prepared(build, arrays, *settings):
    """`run(build(*arrays, *settings))`, with cached jobs if the arrays have the same shapes and dtypes.

    Args:
        build: a module-level function that returns jobs and depends on shapes and dtypes alone, not on values or
            addresses.
        arrays: those that the jobs read and write, not empty, with positive strides; None where `build` accepts it.
        settings: hashable.
    """
    kinds = tuple([None if array is None else (array.shape, array.strides, array.dtype) for array in arrays])
    key = build, kinds, settings, job_settings()
    forms = known.forms
    form = forms.pop(key, NEW)
    if form is NEW:
        forms[key] = None
        known.evict()
        run(build(*arrays, *settings))
        return
    if form is None:
        form = prepare(build, arrays, settings)
        known.scratch += form.scratch_bytes
    try:
        form.run_on(tuple(arrays))
    finally:
        if key in forms:
            known.remove(key)  # that of a signal's handler
        forms[key] = form
        if known.scratch > MAX_SCRATCH:
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
        self._move = _mover(Relocation(jobs, arrays))
        owners = {id(owner): owner for owner in [owner_of(array) for _, _, array in addresses_in(jobs)]}
        self.scratch_bytes = sum(owner.nbytes for owner in owners.values())

    def run_on(self, arrays):
        """Run the jobs on these arrays, a tuple."""
        self._move(arrays)
        self.run()


def _mover(relocation):
    """A function of a tuple of arrays that makes the jobs run on them."""
    if jit_disabled():
        return lambda arrays: relocation.move_to([0 if a is None else address_of(a) for a in arrays])
    return machine().moving.mover(relocation.positions())


def prepare(build, arrays, settings):
    """The `Prepared` jobs for arrays of these shapes."""
    placeholders = [None if array is None else _placeholder(array) for array in arrays]
    return Prepared(build(*placeholders, *settings), placeholders)


def _placeholder(array):
    """An uninitialized array of the same shape and strides, which starts on a cache line."""
    first, end = extent(array)
    memory = aligned((end - first,), np.uint8)
    return np.ndarray(array.shape, array.dtype, memory, address_of(array) - first, array.strides)
