"""Lowering: which instructions run as compiled jobs, and how.

A function in the table `LOWERINGS` (the room `lowerings/` has them) looks at an instruction and the shapes and dtypes
of its slots, and returns a `Lowering`, or None. What has no lowering runs by NumPy, as on the tape.

    LOWERINGS: {name of a fused pattern, (kind of instruction, op class), function of an effect, …: lowering}
"""

import numpy as np

from minikeras.autodiff.shapes import Reshape
from minikeras.kernels.registry import cannot_compile
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Effect, Gradient, Pure
from minikeras.plans.simplify import Same

LOWERINGS = {}


class Lowering:
    """How an instruction runs compiled.

    Attributes:
        jobs: function {slot: array} -> jobs (see `kernels/tasks.py`) on arrays at fixed places.
        reads, writes: the slots that the jobs read and write.
        written: Variables that they write.
        prepare: a step in Python to be run before the jobs, or None.
        check: function {slot: array} -> a step in Python that raises an error if the jobs met bad numbers. It runs
            before anything outside is changed. Or None.
    """

    def __init__(self, jobs, reads, writes, written=(), prepare=None, check=None):
        self.jobs = jobs
        self.reads = tuple(i for i in reads if i is not None)
        self.writes = tuple(i for i in writes if i is not None)
        self.written = written
        self.prepare = prepare
        self.check = check


def lowers(*keys):
    """Decorator: registers a lowering for instructions of these kinds."""

    def register(function):
        for key in keys:
            LOWERINGS[key] = function
        return function

    return register


def lowering_of(instruction, slots):
    """The `Lowering` of an instruction, or None where it runs by NumPy."""
    if isinstance(instruction, Fused):
        key = instruction.name
    elif isinstance(instruction, (Effect, Pure)):
        owner = getattr(instruction.function, "__self__", None)
        key = instruction.function if owner is None else (type(owner), instruction.function.__name__)
    elif hasattr(instruction, "op"):
        key = type(instruction), type(instruction.op)
    else:
        key = type(instruction)
    lowering = LOWERINGS.get(key)
    return None if lowering is None else lowering(instruction, slots)


def can_compile():
    """Whether a plan may consist of jobs."""
    return not cannot_compile()


def view_of(instruction):
    """(source, target) if the instruction only gives the numbers of one slot another shape or name; else None."""
    if isinstance(instruction, Same):
        return instruction.reads[0], instruction.writes[0]
    if type(getattr(instruction, "op", None)) is not Reshape:
        return None
    if isinstance(instruction, Compute):
        return instruction.reads[0], instruction.writes[0]
    return (instruction.dys[0], instruction.writes[0]) if isinstance(instruction, Gradient) else None


def all_float32(slots, indices):
    """Whether all these slots hold float32 arrays that are not empty."""
    return all(slots[i].dtype == np.float32 and 0 not in slots[i].shape for i in indices if i is not None)


def as_matrix(array):
    """A contiguous array as rows of its last axis."""
    return array.reshape(-1, array.shape[-1])
