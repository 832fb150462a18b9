"""Single ops as compiled steps run them: by the jobs that plans have for them, or, where there are none, by NumPy."""

import numpy as np

from minikeras import GradientTape, Tensor
from minikeras.autodiff.call import backward_of
from minikeras.kernels.job_lists import JobList
from minikeras.kernels.memory import address_of
from minikeras.kernels.registry import references
from minikeras.plans import lowerings  # noqa: F401  fills the table that `lowering_of` reads
from minikeras.plans.instructions import Buffer, Compute, Gradient
from minikeras.plans.lower import lowering_of


class Planned:
    """A function that runs jobs, and returns the arrays that they set, as compiled steps run them.

    Args:
        parts: [(jobs, what to return)], run one after the other.
        in_place: whether each call changes arrays that the next one reads, as an optimizer's step does.
        lists: what jobs are made into.
    """

    def __init__(self, parts, in_place=False, lists=JobList):
        self.parts = parts
        self.in_place = in_place
        self._lists = [lists(jobs) for jobs, _ in parts]
        results = [result for _, result in parts]
        self._results = results[0] if len(results) == 1 else tuple(results)

    def __call__(self):
        for jobs in self._lists:
            jobs.run()
        return self._results

    def by_numba(self):
        """The same, compiled by Numba."""
        return Planned(self.parts, self.in_place, NumbaJobs)


class NumbaJobs(JobList):
    """Jobs whose kernels Numba compiles, as with MINIKERAS_COMPILER=numba."""

    def _rows(self):
        from minikeras.kernels.machine.functions import numba_address  # here, because it imports LLVM

        return [(numba_address(job.kernel), address_of(job.block), job.tasks) for job in self.jobs]


def by_jobs(jobs, *results, in_place=False):
    """`Planned` jobs, which set these arrays, and the one or the tuple of them."""
    return Planned([(jobs, results if len(results) > 1 else results[0])], in_place)


def together(first, second):
    """Two `Planned` as one, which returns both results; None if one of them is None."""
    return Planned([*first.parts, *second.parts]) if first and second else None


def with_compilers(sides):
    """The sides of a benchmark, and "numpy", our eager code by references, and "numba", the jobs compiled by Numba."""
    ours, eager = sides["minikeras"], sides.get("eager") or sides["minikeras"]

    def by_numpy():
        with references():
            return eager()

    added = {"numpy": by_numpy}
    if isinstance(ours, Planned):
        added["numba"] = ours.by_numba()
    return {**sides, **added}


def forward(op, *inputs):
    """A function that computes `op.forward(*inputs)` and returns its first output; None if there are no jobs for it."""
    outputs = op.forward(*inputs)
    values = _Values()
    reads = tuple(map(values.buffer, inputs))
    writes = tuple(values.buffer(np.asarray(y)) for y in (outputs if type(outputs) is tuple else (outputs,)))
    return values.by_jobs(Compute(op, reads, writes), writes[:1])


def gradient(op, inputs, dy, wanted=(0,)):
    """A function that computes the gradients of the inputs at the positions `wanted` from dy; None without jobs."""
    call = recorded(op, inputs, wanted)
    values = _Values()
    kept = [None if arrays is None else tuple(map(values.buffer, arrays)) for arrays in (call.inputs, call.outputs)]
    dys = [dy, *[None] * (len(call.output_shapes) - 1)]
    results = [values.buffer(dx) if place in wanted else None for place, dx in enumerate(backward_of(call, dys))]
    instruction = Gradient(call, *kept, tuple(map(values.buffer, dys)), tuple(results))
    return values.by_jobs(instruction, [i for i in results if i is not None])


def eager_gradient(op, inputs, dy, wanted=(0,)):
    """The same by the op's `backward`, as the tape does it."""
    call = recorded(op, inputs, wanted)
    dys = [dy, *[None] * (len(call.output_shapes) - 1)]

    def run():
        gradients = [dx for place, dx in enumerate(backward_of(call, dys)) if place in wanted]
        return gradients[0] if len(gradients) == 1 else tuple(gradients)

    return run


def recorded(op, inputs, wanted):
    """The tape's record of one use of the op, with bare arrays."""
    tensors = [Tensor(x) for x in inputs]
    with GradientTape(persistent=True) as tape:
        tape.watch([tensors[place] for place in wanted])
        op(*tensors)
    return tape.calls[-1].as_arrays()


class _Values:
    """Buffers with their arrays."""

    def __init__(self):
        self.buffers, self.arrays = [], {}

    def buffer(self, array):
        """The number of a new buffer for this array; None for None."""
        if array is None:
            return None
        index = len(self.buffers)
        self.buffers.append(Buffer(index, "batch", array))
        self.arrays[index] = array
        return index

    def by_jobs(self, instruction, results):
        lowering = lowering_of(instruction, self.buffers)
        if lowering is None or lowering.prepare is not None:
            return None
        return by_jobs(lowering.jobs(self.arrays), *[self.arrays[i] for i in results])
