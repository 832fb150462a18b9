"""Changes: which Variables the effects in a step assign to, and which reads therefore need a copy.

On the tape a Tensor read from a Variable keeps its values after later assignments. Compiled code reads the Variable's
current array. Both agree as long as no instruction uses an old value after a change, as in a usual training step. Where
one does, the value is copied when it is read (`Snapshot`).
"""

import numpy as np

from minikeras import tree
from minikeras.autodiff.effects import is_draw
from minikeras.autodiff.variable import Variable
from minikeras.metrics import Metric
from minikeras.optimizers import Optimizer
from minikeras.plans.instructions import Effect, Instruction, Read, is_own


class Snapshot(Instruction):
    """buffer ← a copy of the Variable's current value."""

    def __init__(self, read):
        self.variable = read.variable
        self.writes = read.writes

    def run(self, values):
        values[self.writes[0]] = np.array(self.variable.array)

    @property
    def title(self):
        return f"copy {self.variable.path}"


def snapshot_old_values(instructions, buffers, kept):
    """Replace each `Read` whose value is used after a change of its Variable by a `Snapshot`.

    The buffers of these values become results.
    """
    last_use = {}  # buffer of a value that was read -> position of its last use, or of that of a view of it
    for position, instruction in [*enumerate(instructions), (len(instructions), None)]:
        for buffer in kept if instruction is None else instruction.reads:
            if buffer is not None:
                last_use[buffer if buffers[buffer].base is None else buffers[buffer].base] = position
    kept_values = list(instructions)
    for position, instruction in enumerate(instructions):
        if isinstance(instruction, Read):
            buffer = buffers[instruction.writes[0]]
            between = instructions[position + 1 : last_use.get(buffer.index, 0)]
            if any(changes(other, instruction.variable) for other in between):
                kept_values[position] = Snapshot(instruction)
                buffer.kind, buffer.origin = "result", None
    return kept_values


def changes(instruction, variable):
    """Whether an instruction may change a Variable."""
    if not isinstance(instruction, Effect):
        return any(variable is other for other in getattr(instruction, "written", ()))
    owner = getattr(instruction.function, "__self__", None)
    if owner is variable or not is_own(instruction.function):
        return True
    touched = [*tree.flatten((instruction.args, instruction.kwargs)), *getattr(owner, "variables", ())]
    return any(variable is other for other in touched)


def assigns(function):
    """Whether an effect may give another array to Variables that jobs use. Metrics may not: they only change their own.

    A draw in Python may: it increments the state of a generator from which jobs may draw too.
    """
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Metric):
        return False
    return isinstance(owner, (Optimizer, Variable)) or is_draw(function) or not is_own(function)


def keeps_arguments(function):
    """Whether an effect may keep its argument arrays, which the next replay overwrites."""
    return isinstance(getattr(function, "__self__", None), Variable) or not is_own(function)
