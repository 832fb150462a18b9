"""`Repeat`: a plan's steps on many batches in one call of compiled code, without Python between them.

Python takes as long as the compiled part of a small network's step: it slices the batch from the data, checks for
changes, computes the learning rate. If no callback observes single batches, all of this is done in advance for some
dozen steps:

    rows of all batches, learning rates of all steps  │  gather, jobs, gather, jobs, gather, jobs, …

The data's rows are gathered by a job, which counts the steps; another copies the step's scalars for the optimizer's
job. A call takes about 20 ms, so that Ctrl-C, or another thread's change of the model, does not wait long.

Only plans that consist of compiled jobs alone can be repeated. Others run step by step.
"""

from time import perf_counter

import numpy as np

from minikeras.kernels.address_table import AddressTable, At
from minikeras.kernels.gather_jobs import copy_scalars, count_step, gather_rows_jobs
from minikeras.kernels.job_lists import JobList
from minikeras.kernels.memory import addresses_of
from minikeras.plans.checks import RangeCheck
from minikeras.plans.instructions import Compute
from minikeras.plans.layout import CopyIn, Jobs
from minikeras.plans.lower import view_of
from minikeras.plans.simplify import Widen
from minikeras.plans.update import Prepare

SECONDS = 0.02
MAX_STEPS = 256


class Repeat:
    """The steps of a plan as one list of jobs, which advances to the next batch.

    Args:
        plan: a `Plan` for which `can_repeat` is true.
    """

    def __init__(self, plan):
        self.plan = plan
        self.batch_size = plan.buffers[plan.batch[0]].shape[0]
        self._rows = np.zeros(MAX_STEPS * self.batch_size, np.int64)
        self._step = np.zeros(1, np.int64)
        self._gathered = []  # (index of a part of the batch, AddressTable of the array with each step's rows)
        self._checks = []  # (index of the part with labels or tokens, `RangeCheck`)
        self._scalars = []  # (Prepare, for each of its scalar arrays a table with a row for each step)
        self._list = JobList([*self._jobs(), count_step.job(1, self._step)])
        self._seconds = None  # the duration of one step

    def _jobs(self):
        plan = self.plan
        for step in plan.program:
            if isinstance(step, CopyIn):
                sources = AddressTable([[At(number)] for number in range(MAX_STEPS)], given=MAX_STEPS)
                self._gathered.append((plan.batch.index(step.buffer), sources))
                yield from gather_rows_jobs(sources, self._rows, self._step, step.place)
            elif isinstance(step, RangeCheck):
                self._checks.append((plan.batch.index(batch_buffer_of(step.buffer, plan)), step))
            elif isinstance(step, Prepare):
                tables = [np.zeros((MAX_STEPS, len(scalar_arrays)), np.float32) for scalar_arrays in step.scalar_arrays]
                self._scalars.append((step, tables))
                for table, scalar_arrays in zip(tables, step.scalar_arrays, strict=True):
                    yield copy_scalars.job(1, table, self._step, scalar_arrays)
            else:
                yield from step.jobs

    def run(self, run, first):
        """Steps on the batches of a `Run` from number `first` on. Returns their number, 0 if impossible."""
        wanted = 4 if self._seconds is None else max(1, int(SECONDS / self._seconds))
        count = min(wanted, MAX_STEPS, len(run) - first)
        sources = [run.sources(part, first, count) for part, _ in self._gathered]
        if not all(array.flags.c_contiguous for arrays in sources for array in arrays):
            return 0
        met = {part: run.values(part, first, count) for part, _ in self._checks}
        if not all(check.passes(met[part]) for part, check in self._checks):
            return 0  # the step with the bad value reports it
        self.plan.get_ready()
        self._rows[: count * self.batch_size] = run.rows(first, count)
        self._step[0] = 0
        for (_, table), arrays in zip(self._gathered, sources, strict=True):
            addresses = addresses_of(arrays)
            table.fill(addresses + addresses[-1:] * (MAX_STEPS - len(addresses)))
        for prepare, tables in self._scalars:
            for step in range(count):
                for table, next_scalars in zip(tables, prepare.update.next_scalars(), strict=True):
                    table[step] = next_scalars
        start = perf_counter()
        try:
            self._list.run(count)
        finally:
            self.plan.bound.note_writes()
        self._seconds = (perf_counter() - start) / count
        self.plan.replays += count
        return count


def can_repeat(plan):
    """Whether a plan consists of compiled jobs only, with a batch that jobs can gather."""
    for step in plan.program:
        if isinstance(step, CopyIn):
            buffer = plan.buffers[step.buffer]
            if buffer.kind != "batch" or not buffer.shape or buffer.nbytes == 0:
                return False
        elif isinstance(step, RangeCheck):
            if batch_buffer_of(step.buffer, plan) is None:
                return False
        elif not isinstance(step, (Jobs, Prepare)):
            return False
    sizes = {plan.buffers[i].shape[:1] for i in plan.batch}
    return len(sizes) == 1


def batch_buffer_of(buffer, plan):
    """The part of the batch whose values a buffer has, perhaps in another dtype or shape; None if there is none."""
    while buffer not in plan.batch:
        maker = next((instruction for instruction in plan.instructions if buffer in instruction.writes), None)
        same = isinstance(maker, Widen) or _is_cast(maker) or (maker is not None and view_of(maker) is not None)
        if not same:
            return None
        buffer = maker.reads[0]
    return buffer


def _is_cast(instruction):
    return isinstance(instruction, Compute) and instruction.op.casts_to is not None
