"""Running jobs: `run` once, or a `JobList` repeatedly; and where their code comes from.

Everything that compiles or runs compiled code is reached through `machine()`, which imports LLVM at its first call.
"""

from functools import cache
from time import perf_counter
from types import SimpleNamespace

import numpy as np

from minikeras.config import kernel_compiler, threads
from minikeras.kernels import python_form
from minikeras.kernels.autotuning import Autotuner
from minikeras.kernels.locks import compile_lock
from minikeras.kernels.memory import address_of, keep_freed_memory
from minikeras.kernels.observers import note, observers, timed, timers
from minikeras.kernels.registry import jit_disabled


@cache
def machine():
    """The modules of `machine` that run and compile kernels."""
    from minikeras.kernels.machine import ahead, functions, moving, pool  # here: LLVM takes 50 ms to import

    return SimpleNamespace(ahead=ahead, functions=functions, moving=moving, pool=pool)


def kernel_address(kernel):
    """The address of the compiled function of a `TaskKernel`; with the JIT disabled, an integer in its place."""
    if kernel.compiled is None:
        if jit_disabled():
            kernel.compiled = python_form.address_in_python(kernel)
            return kernel.compiled
        with compile_lock:
            if kernel.compiled is None:
                keep_freed_memory()
                kernel.compiled = machine().functions.task_address(kernel)
    return kernel.compiled


def row(job):
    """(address of the function, address of the block, number of tasks): what the pool runs."""
    return kernel_address(job.kernel), address_of(job.block), job.tasks


class JobList:
    """Jobs to be run repeatedly, in order, in one call of compiled code.

    It keeps its jobs, which keep their arrays alive: compiled code holds only their addresses. A run costs 0.25 µs
    besides the work, 0.4 where threads share it.

    Args:
        jobs: the jobs.
        inner: the kernels that they call by address, for observers.
    """

    def __init__(self, jobs, inner=()):
        self.jobs = tuple(jobs)
        self._inner = tuple(inner)
        self.threads = threads()  # as many as there is scratch for
        self._pool = self._call = self._table = self._autotuner = None  # made at the first run

    def run(self, times=1):
        """Run the jobs `times` times, on all threads of the pool, or on this one where that is quicker."""
        if observers:
            for kernel in self._kernels_to_run():
                note(kernel)
            if timers:
                for _ in range(times):
                    self._run_one_by_one()
                return
        autotuner = self._autotuner
        if autotuner is None:
            if jit_disabled():
                python_form.run_rows(self._rows() * times)
                return
            autotuner = self._prepare()
        if autotuner.shares:
            self._pool.get_ready()
        call = self._call if times == 1 else self._repeated(times)
        if autotuner.kept > 0:
            autotuner.kept -= 1
            call()
        else:
            start = perf_counter()
            call()
            autotuner.learn((perf_counter() - start) / times, times)
            self._table[0, 1] = self._most(autotuner)

    def _run_one_by_one(self):
        if jit_disabled():
            for job, row in zip(self.jobs, self._rows(), strict=True):
                timed(job.kernel, job, python_form.run_rows, [row])
            return
        autotuner = self._autotuner or self._prepare()
        for job, row in zip(self.jobs, self._table[1:], strict=True):
            if autotuner.shares:
                self._pool.get_ready()
            call, _ = self._pool.runner(row[None], self._most(autotuner))
            timed(job.kernel, job, call)

    def expect(self):
        """Announce a run, so that its threads wake up in the meantime.

        One image through a VGG block after a pause, with nothing in the cache: 834 µs instead of 887.
        """
        if self._autotuner is not None and self._autotuner.shares:
            self._pool.waker()()

    def _prepare(self):
        pool, rows = machine().pool, self._rows()
        autotuner = Autotuner(can_share=any(tasks > 1 for _, _, tasks in rows))
        self._pool = pool
        self._call, self._table = pool.runner(rows, self._most(autotuner))
        self._autotuner = autotuner  # last, since another Python thread may be about to run the list
        return autotuner

    def _repeated(self, times):
        call, _ = self._pool.runner(np.tile(self._table[1:], (times, 1)), self._most(self._autotuner))
        return call

    def _most(self, autotuner):
        """The number of threads that the next run may use."""
        return self.threads if autotuner.shares else 0

    def _kernels_to_run(self):
        return [*[job.kernel for job in self.jobs], *self._inner]

    def _rows(self):
        return [row(job) for job in self.jobs]


def compile_ahead(jobs):
    """Compile the code of jobs that is not in the cache yet, in parallel."""
    if jobs and not jit_disabled() and kernel_compiler() == "translator":
        machine().ahead.compile_ahead(list({job.kernel.function: job.kernel for job in jobs}.values()))


def run(jobs):
    """Run jobs once, in order."""
    JobList(jobs).run()
