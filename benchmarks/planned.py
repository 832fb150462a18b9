"""Single ops as compiled steps run them: by the jobs that plans have for them, or, where there are none, by NumPy."""

import numpy as np

from minikeras import GradientTape, Tensor
from minikeras.autodiff.call import backward_of
from minikeras.kernels.tasks import JobList
from minikeras.plans import lowerings  # noqa: F401  fills the table that `lowering_of` reads
from minikeras.plans.instructions import Compute, Gradient, Slot
from minikeras.plans.lower import lowering_of


def by_jobs(jobs, *results):
    """A function that runs the jobs, which set these arrays, and returns the one or the tuple of them."""
    list_of_jobs = JobList(jobs)
    result = results if len(results) > 1 else results[0]

    def run():
        list_of_jobs.run()
        return result

    return run


def forward(op, *inputs):
    """A function that computes `op.forward(*inputs)` and returns its first output; None if there are no jobs for it."""
    outputs = op.forward(*inputs)
    values = _Values()
    reads = tuple(map(values.slot, inputs))
    writes = tuple(values.slot(np.asarray(y)) for y in (outputs if type(outputs) is tuple else (outputs,)))
    return values.by_jobs(Compute(op, reads, writes), writes[:1])


def gradient(op, inputs, dy, wanted=(0,)):
    """A function that computes the gradients of the inputs at the places `wanted` from dy; None without jobs."""
    call = recorded(op, inputs, wanted)
    values = _Values()
    kept = [None if arrays is None else tuple(map(values.slot, arrays)) for arrays in (call.inputs, call.outputs)]
    dys = [dy, *[None] * (len(call.output_shapes) - 1)]
    results = [values.slot(dx) if place in wanted else None for place, dx in enumerate(backward_of(call, dys))]
    instruction = Gradient(call, *kept, tuple(map(values.slot, dys)), tuple(results))
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
    """Slots with the arrays that they stand for."""

    def __init__(self):
        self.slots, self.arrays = [], {}

    def slot(self, array):
        """The number of a new slot for this array; None for None."""
        if array is None:
            return None
        index = len(self.slots)
        self.slots.append(Slot(index, "batch", array))
        self.arrays[index] = array
        return index

    def by_jobs(self, instruction, results):
        lowering = lowering_of(instruction, self.slots)
        if lowering is None or lowering.prepare is not None:
            return None
        return by_jobs(lowering.jobs(self.arrays), *[self.arrays[i] for i in results])
