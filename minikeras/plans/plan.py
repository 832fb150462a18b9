"""`Plan`: a traced step compiled to a program, which runs on any number of batches.

    trace ─ simplify ─ fuse ─ schedule ─ lower ─ lay out ─► program

The program is a list of steps: a list of compiled jobs, an instruction in Python, a copy of an array to its fixed
location. A replay runs them in order on one list of values, one entry per buffer.
"""

from copy import copy

import numpy as np

from minikeras.plans import lowerings  # noqa: F401 - fills the table that `lowering_of` reads
from minikeras.plans.bindings import Bound, binding_of
from minikeras.plans.changes import snapshot_old_values
from minikeras.plans.collective import with_sums
from minikeras.plans.decompose import decompose
from minikeras.plans.fuse import fuse
from minikeras.plans.half_precision import in_float32
from minikeras.plans.instructions import buffers_in, filled
from minikeras.plans.layout import CopyIn, CopyOut, Jobs, Layout
from minikeras.plans.lower import can_compile, lowering_of
from minikeras.plans.patterns.copied_images import without_copies
from minikeras.plans.repeat import Repeat, can_repeat
from minikeras.plans.schedule import schedule
from minikeras.plans.simplify import simplify
from minikeras.plans.update import Update, with_updates
from minikeras.plans.weight_values import take_weight_values


class Plan:
    """A program for one kind of batch.

    Args:
        trace: a `Trace`, which another trace has confirmed.
        compiled: False to run every instruction in NumPy, with the same results as the tape bit for bit.
        memory: the `Memory` shared with other plans of the model; a new one if None.

    Attributes:
        traced: how many instructions were traced.
        instructions: after fusion, in the order in which they run.
        lowered: {position of an instruction: its `Lowering`}.
        weight_values: the `WeightValue`s, which are computed when Variables have changed.
        jobs: {position: the jobs it became}.
        views: positions of instructions that need not run, since they only change shapes.
        program: the steps of a replay.
        batch: the buffers of the parts of a batch.
        repeat: a `Repeat`, which runs many steps in one call, or None if impossible.
        workspaces: its `ThreadWorkspaces`, False if it cannot have any, None if not made yet.
        replays: how often the plan has run.
        last_used: its last run, counted in replays of all plans of the model.
    """

    def __init__(self, trace, compiled=True, memory=None):
        self.memory = memory
        self.traced = len(trace.instructions)
        self.buffers = [copy(buffer) for buffer in trace.buffers]
        self.result = trace.result
        self.replays = self.last_used = 0
        self.workspaces = None
        kept = set(buffers_in(trace.result))
        instructions = snapshot_old_values(trace.instructions, self.buffers, kept)
        instructions = in_float32(instructions, self.buffers, kept, compiled and can_compile())
        instructions = simplify(instructions, self.buffers, kept)
        instructions = fuse(instructions, self.buffers, kept)
        self.weight_values = []
        if compiled and can_compile():
            instructions, self.weight_values = take_weight_values(instructions, self.buffers)
            instructions = decompose(instructions, self.buffers)
            instructions = without_copies(instructions, self.buffers, kept)
        instructions = schedule(instructions, self.buffers)
        instructions = with_updates(instructions, self.buffers, kept)
        self.instructions = with_sums(instructions, self.buffers) if compiled and can_compile() else instructions
        self.updates = [instruction for instruction in self.instructions if isinstance(instruction, Update)]
        self.lowered = {}
        if compiled and can_compile():
            found = {p: lowering_of(instruction, self.buffers) for p, instruction in enumerate(self.instructions)}
            self.lowered = {position: lowering for position, lowering in found.items() if lowering is not None}
        self._lay_out(kept)

    def _lay_out(self, kept):
        changing = [*self.updates, *self.lowered.values()]
        written = unique([binding_of(variable) for thing in changing for variable in thing.written])
        layout = Layout(self, kept, written)
        self.arena, self.views = layout.arena, layout.views
        self.program, self.jobs = layout.program()
        self._jobs = next((step.list for step in self.program if isinstance(step, Jobs)), None)
        self._uses_numpy = not all(isinstance(step, (CopyIn, Jobs, CopyOut)) for step in self.program)
        self.values = [buffer.origin if buffer.kind in ("constant", "weights") else None for buffer in self.buffers]
        for buffer in layout.locations:
            self.values[buffer] = layout.arrays[buffer]
        self.batch = [buffer.index for buffer in self.buffers if buffer.kind == "batch"]
        jobs = unique([job for made in self.jobs.values() for job in made])
        self.weight_forms = layout.weight_forms
        of_values = [binding for value in self.weight_values for binding in value.bindings]
        bindings = unique([*layout.bindings, *of_values, *written])
        self.bound = Bound(bindings, written, jobs)
        self._set_last_uses(kept | layout.locations)
        self.repeat = Repeat(self) if self.jobs and can_repeat(self) else None

    def _set_last_uses(self, kept):
        """Set the buffers without readers after each step, so that memory is freed as early as on the tape.

        This also lets the optimizer write weights in place: it copies those with other references.
        """
        seen = set(kept)
        for step in reversed(self.program):
            used = {*step.reads, *step.writes} - seen - {None}
            step.last_uses = tuple(i for i in used if self.buffers[i].kind in ("result", "variable"))
            seen |= used

    def is_current(self):
        """Whether the optimizer's settings are still those of the plan."""
        return all(map(Update.is_current, self.updates))

    def run(self, batch):
        """Run one step on the arrays of a batch (in flat order) and return its result, in new Tensors."""
        if self._jobs is not None:
            self._jobs.expect()
        self.bound.refresh()
        self.weight_forms.renew()
        values = self.values.copy()
        for buffer, array in zip(self.batch, batch, strict=True):
            values[buffer] = array
        try:
            if self._uses_numpy:
                self._run_with_numpy(values)
            else:
                for step in self.program:
                    step.run(values)
        finally:
            self.bound.note_writes()
        self.replays += 1
        return filled(self.result, values)

    def _run_with_numpy(self, values):
        with np.errstate(all="ignore"):
            for step in self.program:
                step.run(values)
                for i in step.last_uses:
                    values[i] = None

    def get_ready(self):
        """Before a run: update the addresses and forms of the Variables."""
        self.bound.refresh()
        self.weight_forms.renew()


def unique(things):
    """The objects, each once."""
    return list({id(thing): thing for thing in things}.values())
