"""Lowering: which instructions run as compiled jobs, and how.

An op, or a function called as an effect, declares how it is computed (`autodiff/lowering.py`), so a new one needs no
line here. For all others, the package `lowerings/` has functions of an instruction and its buffers' shapes and dtypes
that return a `Lowering`, or None: for fused patterns; for ops that share their jobs with a pattern or with each other
(pooling, products, normalization, crossentropy, reductions, copies); for those that need more than arrays, such as a
check before anything changes (token indices, labels), a Variable that the jobs write, or the shapes of a call's inputs;
for an update that a metric and its base share. The decorator `lowers` registers each:

    @lowers("dense + bias")              a fused pattern, by its name
    @lowers((Compute, Sum))              an op forward, or (Gradient, Sum) backward
    @lowers(Mean.accumulate)             an effect or a pure function
    @lowers((AUC, AUC.update_state))     an effect that is a method, of objects of exactly this class

A class of ops includes its subclasses that override only their constructor. Instructions without a lowering run in
NumPy, as on the tape.
"""

import numpy as np

from minikeras.autodiff.lowering import float32_of_one_shape
from minikeras.autodiff.variable import Variable
from minikeras.base import replay
from minikeras.kernels.registry import cannot_compile
from minikeras.plans.bindings import binding_of
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Effect, Gradient, Pure, TensorAt
from minikeras.plans.simplify import Alias

LOWERINGS = {}  # key (see above) -> function (instruction, buffers) that returns a `Lowering` or None


class Lowering:
    """How an instruction runs as compiled jobs.

    Attributes:
        jobs: function {buffer: array} -> jobs (see `kernels/tasks.py`) on arrays at fixed positions.
        reads, writes: the buffers that the jobs read and write.
        written: Variables that they write.
        prepare: a step in Python that runs before the jobs, or None.
        check: function {buffer: array} -> a step in Python that raises an error if the jobs found invalid values, run
            before anything outside is changed; or None.
        in_place: pairs (buffer read, buffer written) that may share memory, see `OpLowering`.
    """

    def __init__(self, jobs, reads, writes, written=(), prepare=None, check=None, in_place=()):
        self.jobs = jobs
        self.reads = tuple(i for i in reads if i is not None)
        self.writes = tuple(i for i in writes if i is not None)
        self.written = written
        self.prepare = prepare
        self.check = check
        self.in_place = in_place


def lowers(*keys):
    """Decorator: registers a lowering for instructions of these kinds."""

    def register(function):
        for key in keys:
            LOWERINGS[key] = function
        return function

    return register


def lowering_of(instruction, buffers):
    """The `Lowering` of an instruction, or None where it runs in NumPy."""
    registered = _registered(instruction)
    if registered is not None:
        return registered(instruction, buffers)
    if type(instruction) is Effect:
        return declared_by_effect(instruction, buffers)
    return declared(instruction, buffers) if type(instruction) in (Compute, Gradient) else None


def _registered(instruction):
    """The function in `LOWERINGS` for an instruction, or None."""
    if isinstance(instruction, Fused):
        return LOWERINGS.get(instruction.name)
    if isinstance(instruction, (Effect, Pure)):
        function, owner = instruction.function, getattr(instruction.function, "__self__", None)
        if owner is None:
            return LOWERINGS.get(function)
        method = getattr(function, "__func__", None)
        return LOWERINGS.get(method) or LOWERINGS.get((type(owner), method))
    if hasattr(instruction, "op"):
        return _for_op(type(instruction), type(instruction.op))
    return LOWERINGS.get(type(instruction))


def _for_op(kind, cls):
    """The function registered for a class of ops, or for a base with the same computation; None if there is none."""
    for base in cls.__mro__:
        found = LOWERINGS.get((kind, base))
        if found is not None:
            return None if replay.overridden(cls, base) else found
    return None


def declared(instruction, buffers):
    """The `Lowering` that an op declares itself."""
    op = instruction.op
    where = next(base for base in type(op).__mro__ if "lowering" in vars(base))
    if op.lowering is None or replay.overridden(type(op), where):
        return None
    if type(instruction) is Compute:
        groups, direction = (instruction.reads, instruction.writes), op.lowering.forward
    else:
        call = instruction.call
        inputs = instruction.inputs or (None,) * len(call.input_shapes)
        outputs = instruction.outputs or (None,) * len(call.output_shapes)
        groups, direction = (inputs, outputs, instruction.dys, instruction.writes), op.lowering.backward
    known = [[None if i is None else buffers[i] for i in group] for group in groups]
    jobs_of = direction(op, *known)
    if jobs_of is None:
        return None
    if type(instruction) is Compute:
        sources, overwritten = instruction.reads, op.lowering.overwrites(*known)
    else:
        sources, overwritten = outputs, op.lowering.gradient_in_place
    pairs = [(sources[i], instruction.writes[j]) for i, j in overwritten]

    def jobs(arrays):
        return jobs_of(*[[_array(arrays, buffers, i) for i in group] for group in groups])

    reads = [i for i in instruction.reads if buffers[i].dtype is not None]
    return Lowering(jobs, reads, instruction.writes, in_place=pairs)


def declared_by_effect(effect, buffers):
    """The `Lowering` that a function declares itself (`compiled_by`)."""
    lowering = getattr(effect.function, "lowering", None)
    tensors = [part for part in effect.args if isinstance(part, TensorAt)]
    if lowering is None or effect.kwargs or any(part.mask is not None for part in tensors):
        return None
    parts = [*effect.args, *map(TensorAt, effect.writes)]
    known = [buffers[part.buffer] if isinstance(part, TensorAt) else part.array for part in parts if _is_array(part)]
    if not float32_of_one_shape(known):
        return None

    def jobs(arrays):
        return lowering.jobs(*[_value(part, arrays) for part in parts])

    return Lowering(jobs, effect.reads, effect.writes, written=effect.args[: lowering.written])


def _is_array(part):
    return isinstance(part, (TensorAt, Variable))


def _value(part, arrays):
    """The array of a Tensor or Variable among an effect's arguments, a setting as it is."""
    if isinstance(part, TensorAt):
        return arrays[part.buffer]
    return binding_of(part).tensor.array if isinstance(part, Variable) else part


def _array(arrays, buffers, i):
    """The array of a buffer, None for None, or its value if that is a Python number."""
    return None if i is None else buffers[i].value if buffers[i].dtype is None else arrays[i]


def can_compile():
    """Whether plans may have jobs."""
    return not cannot_compile()


def view_of(instruction):
    """(source, target) if the instruction only reshapes or renames the values of one buffer; else None."""
    if isinstance(instruction, Alias):
        return instruction.reads[0], instruction.writes[0]
    if not hasattr(instruction, "op") or not instruction.op.keeps_elements:
        return None
    if isinstance(instruction, Compute):
        return instruction.reads[0], instruction.writes[0]
    return (instruction.dys[0], instruction.writes[0]) if isinstance(instruction, Gradient) else None


def all_float32(buffers, indices):
    """Whether all these buffers hold float32 arrays that are not empty."""
    return all(buffers[i].dtype == np.float32 and 0 not in buffers[i].shape for i in indices if i is not None)


def as_matrix(array):
    """A contiguous array as rows of its last axis."""
    return array.reshape(-1, array.shape[-1])
