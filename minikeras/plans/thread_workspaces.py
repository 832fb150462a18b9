"""`ThreadWorkspaces`: runs a prediction's micro-batches in one compiled call, each on one thread from start to end.

Threads that share each job wait for each other at its end, and where a layer divides its work differently from the one
before, a thread's inputs are in another core's cache. A thread with its own micro-batch avoids both:

    thread 0   batch 0 ─ batch 1 ─ batch 2 ─ …  … ─ batch 30 ─ batch 31   thread 1

Each thread runs the plan's jobs on its own workspace. All share the weights. Predictions for 1,024 images, 256 at a
time, two threads of an Emerald Rapids, without and with: a CNN 4.2, 2.9 ms a batch, a VGG block 70, 60.
"""

from time import perf_counter

import numpy as np

from minikeras.config import threads
from minikeras.kernels.address_table import AddressTable, At
from minikeras.kernels.job_lists import JobList, row
from minikeras.kernels.memory import address_of
from minikeras.kernels.micro_batch_jobs import run_micro_batch
from minikeras.kernels.relocation import Relocation
from minikeras.plans.allocate import Memory
from minikeras.plans.bindings import Bound
from minikeras.plans.instructions import buffers_in, filled
from minikeras.plans.layout import CopyIn, CopyOut, Jobs, Layout
from minikeras.plans.permission import plans_may_run
from minikeras.plans.plan import unique

SECONDS = 0.1  # duration of one call, so that Ctrl-C does not wait long
MAX_MICRO_BATCHES = 1 << 16  # in one call; the pool counts tasks up to a million
LARGEST = 1 << 21  # bytes of an array in a workspace: the cache of a core. All threads share larger micro-batches.


def workspaces_of(plan):
    """The `ThreadWorkspaces` of a plan, None if it cannot have any."""
    if plan.workspaces is None:
        plan.workspaces = ThreadWorkspaces(plan) if can_have_workspaces(plan) else False
    return plan.workspaces or None


class ThreadWorkspaces:
    """The jobs of a plan for one micro-batch, once for each thread.

    Args:
        plan: a `Plan` for which `can_have_workspaces` is true.
    """

    def __init__(self, plan):
        self.plan = plan
        self.size = plan.buffers[plan.batch[0]].shape[0]
        self._inputs = [step.buffer for step in plan.program if isinstance(step, CopyIn)]
        self._outputs = sorted(set(buffers_in(plan.result)))
        self._sources, self._targets = self._table_of(self._inputs), self._table_of(self._outputs)
        layouts = [Layout(plan, set(self._outputs), (), Memory()) for _ in range(threads())]
        workspaces = [self._jobs(layout) for layout in layouts]
        rows, arrays = [], []
        for jobs, layout in zip(workspaces, layouts, strict=True):
            table, *positions = range(len(arrays), len(arrays) + 1 + len(self._inputs) + len(self._outputs))
            rows.append([At(table), len(jobs), *map(At, positions)])
            arrays.append(np.array([row(job) for job in jobs], np.int64).reshape(-1, 3))
            arrays += [layout.arrays[buffer] for buffer in (*self._inputs, *self._outputs)]
        self._rows = AddressTable(rows, 0, arrays)
        self._held = [job for jobs in workspaces for job in jobs], [layout.arena for layout in layouts]
        bindings = unique([binding for layout in layouts for binding in layout.bindings])
        self._bound = Bound(bindings, [], self._held[0])
        self._list = JobList(())
        self._together = 8 * len(workspaces)  # micro-batches in one call

    def _table_of(self, buffers):
        """The table of arrays of samples that `run_micro_batch` reads: address and bytes of a micro-batch."""
        return AddressTable(
            [[At(k), self.plan.buffers[buffer].nbytes] for k, buffer in enumerate(buffers)], len(buffers)
        )

    def _jobs(self, layout):
        """The jobs on the arrays of a layout, and on the forms of the weights that the plan has."""
        program, _ = layout.program()
        jobs = [job for step in program if isinstance(step, Jobs) for job in step.jobs]
        pairs = [
            (theirs, ours)
            for job, other in zip(self.plan.weight_forms.jobs, layout.weight_forms.jobs, strict=True)
            for ours, theirs in zip(job.arguments, other.arguments, strict=True)
            if isinstance(ours, np.ndarray)  # the plan has released the weights
        ]
        Relocation(jobs, [theirs for theirs, _ in pairs]).move_to([address_of(ours) for _, ours in pairs])
        return jobs

    def run(self, arrays):
        """The outputs of the full micro-batches of samples (arrays in flat order), until a debugger attaches.

        Returns:
            (the plan's result for all samples; how many samples were computed, the others are uninitialized).
        """
        samples = len(arrays[0])
        count = samples // self.size
        arrays = {buffer: np.ascontiguousarray(arrays[self.plan.batch.index(buffer)]) for buffer in self._inputs}
        results = {}
        for buffer in self._outputs:
            shape, dtype = self.plan.buffers[buffer].shape, self.plan.buffers[buffer].dtype
            results[buffer] = np.empty((samples, *shape[1:]), dtype)
        self.plan.get_ready()
        self._bound.refresh()
        first = 0
        while first < count:
            for table, known in ((self._sources, arrays), (self._targets, results)):
                table.fill([address_of(array) + first * self.size * array.strides[0] for array in known.values()])
            first += self._run(count - first)
            if not plans_may_run():
                break
        self.plan.replays += first
        return filled(self.plan.result, results), first * self.size

    def _run(self, most):
        """Run as many of these micro-batches as one call may take, and return their count."""
        count = min(self._together, most)
        if not self._list.jobs or self._list.jobs[0].tasks != count:
            inner = [job.kernel for job in self._held[0]]
            self._list = JobList([run_micro_batch.job(count, self._rows, self._sources, self._targets)], inner)
            self._list.threads = len(self._rows)  # also after calls of `set_threads`
        start = perf_counter()
        self._list.run()
        workspaces, fitting = len(self._rows), SECONDS * count / (perf_counter() - start)
        self._together = int(max(1, min(fitting, MAX_MICRO_BATCHES) // workspaces)) * workspaces
        return count


def can_have_workspaces(plan):
    """Whether a plan consists of compiled jobs on a batch, which compute its results, with a row for each sample."""
    steps, results = plan.program, set(buffers_in(plan.result))
    samples = plan.buffers[plan.batch[0]].shape[:1] if plan.batch else ()
    return (
        samples != ()
        and not plan.bound.written
        and any(isinstance(step, Jobs) for step in steps)
        and all(isinstance(step, (CopyIn, Jobs, CopyOut)) for step in steps)
        and all(plan.buffers[step.buffer].kind == "batch" for step in steps if isinstance(step, CopyIn))
        and results <= {step.reads[0] for step in steps if isinstance(step, CopyOut)}
        and all(plan.buffers[i].shape[:1] == samples for i in (*plan.batch, *results))
        and all(buffer.nbytes <= LARGEST for buffer in plan.buffers if buffer.kind == "result")
    )
