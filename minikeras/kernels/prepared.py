"""Jobs that are built once for all arrays of the same shapes, and run by the tape in every step.

Building a job takes 10 to 50 µs of Python, or several times that when a kernel has just filled the caches, and a step
on the tape needs the same jobs as the step before, for other arrays. So they are cached, with their scratch, and only
the addresses of the caller's arrays change (`relocation.py`). They are built for placeholders of these arrays that
share no memory, so the caller may pass one array in two roles.

A run handles signals, and a handler may run the same model: for arrays of the same shapes it gets separate jobs.
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


class Cache(threading.local):
    """The jobs that this Python thread has used.

    Each thread has its own, since two threads must not share scratch.

    Attributes:
        forms: {key: `Prepared`, or None after the first time}, the oldest first.
        scratch: bytes of their scratch.
    """

    def __init__(self):
        self.forms = {}
        self.scratch = 0

    def add(self, key, form):
        """Store the form for a key, replacing the old one, and evict the oldest forms while there are too many."""
        self._remove(key)
        self.forms[key] = form
        if form is not None:
            self.scratch += form.scratch_bytes
        while self.forms and (len(self.forms) > MAX_FORMS or self.scratch > MAX_SCRATCH):
            self._remove(next(iter(self.forms)))

    def _remove(self, key):
        form = self.forms.pop(key, None)
        if form is not None:
            self.scratch -= form.scratch_bytes


known = Cache()


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
    form = known.forms.get(key, NEW)
    if form is NEW:
        known.add(key, None)
    if form is NEW or (form is not None and form.runs):
        run(build(*arrays, *settings))
        return
    if form is None:
        form = prepare(build, arrays, settings)
        known.add(key, form)
    form.run_on(tuple(arrays))


class Prepared(JobList):
    """Jobs detached from the arrays that they were built for.

    Args:
        jobs: the jobs.
        arrays: those to be replaced by others; None for absent ones.

    Attributes:
        runs: whether they are running: a signal's handler must not start them again.
        scratch_bytes: of the jobs' own arrays, which they keep alive.
    """

    runs = False

    def __init__(self, jobs, arrays):
        super().__init__(jobs)
        self._move = _mover(Relocation(jobs, arrays))
        owners = {id(owner): owner for owner in [owner_of(array) for _, _, array in addresses_in(jobs)]}
        self.scratch_bytes = sum(owner.nbytes for owner in owners.values())

    def run_on(self, arrays):
        """Run the jobs on these arrays, a tuple."""
        try:
            self.runs = True
            self._move(arrays)
            self.run()
        finally:
            self.runs = False


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
