"""`Plan`: a traced step, ready to be run on the next batch."""

import numpy as np

from minikeras.plans.instructions import filled, slots_in


class Plan:
    """The instructions of a step, and the list of values they work on.

    Args:
        trace: a `Trace`, which another trace has confirmed.
    """

    def __init__(self, trace):
        self.slots = trace.slots
        self.instructions = trace.instructions
        self.result = trace.result
        self.replays = 0
        self._template = [slot.origin if slot.kind == "constant" else None for slot in self.slots]
        self._batch = [slot.index for slot in self.slots if slot.kind == "batch"]
        self._set_last_uses()

    def _set_last_uses(self):
        """Tell each instruction which slots nobody reads after it, so that memory is freed as early as on the tape.

        That also lets the optimizer write into weights in place: it copies those that someone still holds.
        """
        seen = set(slots_in(self.result))
        for instruction in reversed(self.instructions):
            used = {*instruction.reads, *instruction.writes} - seen - {None}
            instruction.last_uses = tuple(i for i in used if self.slots[i].kind in ("result", "variable"))
            seen |= used

    def run(self, batch):
        """One step on the arrays of a batch (in flat order). Returns what the traced step returned, on new Tensors."""
        values = self._template.copy()
        for slot, array in zip(self._batch, batch, strict=True):
            values[slot] = array
        with np.errstate(all="ignore"):
            for instruction in self.instructions:
                instruction.run(values)
                for i in instruction.last_uses:
                    values[i] = None
        self.replays += 1
        return filled(self.result, values)
