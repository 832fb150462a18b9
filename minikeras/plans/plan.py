"""`Plan`: a traced step made into a program, to be run on batch after batch.

    trace ─ fuse ─ schedule ─ lower ─ allocate ─► program

The program is a list of steps: a list of compiled jobs, an instruction in Python, a copy into the place where jobs
expect an array. A replay runs them in order on one list of values, one place per slot.
"""

import numpy as np

from minikeras.kernels.tasks import JobList
from minikeras.plans.allocate import Arena, Life
from minikeras.plans.bindings import Bound, binding_of
from minikeras.plans.fuse import fuse
from minikeras.plans.instructions import Effect, Read, filled, slots_in
from minikeras.plans.lower import can_compile, lowering_of, view_of
from minikeras.plans.schedule import metrics_last
from minikeras.plans.update import Update, as_update


class Plan:
    """A program for one kind of batch.

    Args:
        trace: a `Trace`, which another trace has confirmed.
        compiled: False to run every instruction by NumPy, with the same results as the tape bit for bit.

    Attributes:
        instructions: after fusion, in the order in which they run.
        lowered: {position of an instruction: its lowering}.
        jobs: {position: the jobs it became}.
        views: positions of instructions that need not run, since they only give numbers another shape.
        program: the steps of a replay.
        replays: how often the plan has run.
    """

    def __init__(self, trace, compiled=True):
        self.trace = trace
        self.slots = trace.slots
        self.result = trace.result
        self.replays = 0
        kept = set(slots_in(trace.result))
        instructions = metrics_last(fuse(trace.instructions, self.slots, kept))
        self.instructions = [with_update(instruction, self.slots) for instruction in instructions]
        self.lowered = {}
        if compiled and can_compile():
            for position, instruction in enumerate(self.instructions):
                lowering = lowering_of(instruction, self.slots)
                if lowering is not None:
                    self.lowered[position] = lowering
        self.values = [slot.origin if slot.kind == "constant" else None for slot in self.slots]
        self._batch = [slot.index for slot in self.slots if slot.kind == "batch"]
        self._build(kept)

    def _build(self, kept):
        layout = Layout(self, kept)
        self.arena = layout.arena
        self.program, self.jobs, bindings = layout.program(self.values)
        self.views = layout.views
        jobs = [job for made in self.jobs.values() for job in made]
        written = [v for i in self.instructions if isinstance(i, Update) for v in i.written]
        written = [binding_of(variable) for variable in written]
        bindings = list({id(binding): binding for binding in (*bindings, *written)}.values())
        self.bound = Bound(bindings, written, [job.block for job in jobs])
        let_go_of_variables(jobs, bindings)
        self._set_last_uses(kept | layout.places)

    def _set_last_uses(self, kept):
        """Tell each step which slots nobody reads after it, so that memory is freed as early as on the tape.

        That also lets the optimizer write into weights in place: it copies those that someone still holds.
        """
        seen = kept
        for step in reversed(self.program):
            used = {*step.reads, *step.writes} - seen - {None}
            step.last_uses = tuple(i for i in used if self.slots[i].kind in ("result", "variable"))
            seen = seen | used

    def run(self, batch):
        """One step on the arrays of a batch (in flat order). Returns what the traced step returned, on new Tensors."""
        self.bound.refresh()
        values = self.values.copy()
        for slot, array in zip(self._batch, batch, strict=True):
            values[slot] = array
        with np.errstate(all="ignore"):
            for step in self.program:
                step.run(values)
                for i in step.last_uses:
                    values[i] = None
        self.replays += 1
        return filled(self.result, values)


def with_update(instruction, slots):
    """The instruction, or the `Update` that does the same."""
    update = as_update(instruction, slots) if isinstance(instruction, Effect) else None
    return instruction if update is None else update


def let_go_of_variables(jobs, bindings):
    """Take the arrays of Variables out of what jobs keep alive, so that nobody but bindings counts as their holder."""
    memories = {id(binding.tensor.array.base) for binding in bindings}
    for job in jobs:
        job.arguments = tuple([
            None if isinstance(a, np.ndarray) and id(a.base) in memories else a for a in job.arguments
        ])  # fmt: skip


def _is_own(function):
    owner = getattr(function, "__self__", None)
    return (function if owner is None else type(owner)).__module__.startswith("minikeras.")


class Jobs:
    """Compiled jobs, one after the other, in one call."""

    reads = writes = last_uses = ()
    title = "jobs"

    def __init__(self):
        self.list = None
        self.jobs = []

    def run(self, values):
        self.list.run()


class CopyIn:
    """The array of a slot, copied to where jobs expect it."""

    last_uses = ()

    def __init__(self, slot, place):
        self.slot = slot
        self.place = place
        self.reads = self.writes = (slot,)

    @property
    def title(self):
        return f"copy {self.slot}"

    def run(self, values):
        np.copyto(self.place, values[self.slot])
        values[self.slot] = self.place


class CopyOut:
    """A result of the step, copied from the place that the next step will write to."""

    last_uses = ()
    title = "copy a result"

    def __init__(self, slot):
        self.reads = self.writes = (slot,)

    def run(self, values):
        values[self.reads[0]] = np.array(values[self.reads[0]])


class Layout:
    """Where the arrays of a plan lie.

    A slot is *fixed* if a job reads or writes it: then it has a place of its own, in the arena or in a Variable.
    Reshaping a fixed slot is another view of the same place. Arrays that NumPy makes from fixed ones may be views of
    them, so the place stays reserved as long as such an array is used.
    """

    def __init__(self, plan, kept):
        self.plan = plan
        self.slots = plan.slots
        self.root = {}  # fixed slot -> the slot whose place it shares
        self.kept = kept
        self.views = set()  # positions of instructions that are views and do not run
        self._find_fixed()
        self.arena = Arena(self._lives())
        self.places = {slot for slot, root in self.root.items() if self.slots[root].kind != "variable"}

    def _find_fixed(self):
        instructions, lowered = self.plan.instructions, self.plan.lowered
        for position in lowered:
            for i in (*instructions[position].reads, *instructions[position].writes):
                if i is not None:
                    self.root.setdefault(i, i)
        pairs = {p: view_of(i) for p, i in enumerate(instructions) if p not in lowered and view_of(i) is not None}
        found = True
        while found:  # a view of a view may become one only when the other has
            found = [
                position
                for position, (source, target) in pairs.items()
                if position not in self.views
                and self.slots[source].kind in ("result", "batch")
                and (source in self.root or target in self.root)
            ]
            for position in found:
                source, target = pairs[position]
                self.root[target] = self.root.setdefault(source, source)
                self.views.add(position)
        for slot in self.root:  # roots of roots
            while self.root[slot] != self.root[self.root[slot]]:
                self.root[slot] = self.root[self.root[slot]]

    def _lives(self):
        """A `Life` for each place in the arena."""
        first, last = {}, {}
        behind = {}  # slot made by NumPy -> the places that it may be a view of

        def touch(place, position):
            first[place] = min(first.get(place, position), position)
            last[place] = max(last.get(place, position), position)

        def places(slot):
            return {self.root[slot]} if slot in self.root else behind.get(slot, set())

        for position, instruction in enumerate(self.plan.instructions):
            below = set().union(*[places(i) for i in instruction.reads if i is not None])
            for i in (*instruction.reads, *instruction.writes):
                for place in places(i) if i is not None else ():
                    touch(place, position)
            for place in below:
                touch(place, position)
            for i in instruction.writes:
                if i is not None and i not in self.root:
                    behind[i] = below
        for slot in self.kept:
            for place in places(slot):
                touch(place, len(self.plan.instructions))
        self.copied_out = [slot for slot in self.kept if places(slot)]
        lives = []
        for place in sorted(first):
            kind = self.slots[place].kind
            if kind in ("result", "batch"):
                start = -1 if kind == "batch" else first[place]
                lives.append(Life(place, start, last[place], self.slots[place].nbytes))
        return lives

    def program(self, values):
        """(steps, {position: jobs}, bindings of Variables). Puts the arrays of fixed slots into `values`."""
        arrays, bindings = self._arrays(values)
        instructions, lowered = self.plan.instructions, self.plan.lowered
        steps, jobs = [], {}
        read_by_numpy = {i for p, ins in enumerate(instructions) if p not in lowered for i in ins.reads}
        for slot in self.slots:
            if slot.kind == "batch" and slot.index in self.root:
                steps.append(CopyIn(slot.index, arrays[slot.index]))
        for position, instruction in enumerate(instructions):
            if position in self.views:
                continue
            if position in lowered:
                if not steps or not isinstance(steps[-1], Jobs):
                    steps.append(Jobs())
                jobs[position] = lowered[position](arrays)
                steps[-1].jobs += jobs[position]
                continue
            if isinstance(instruction, Read) and instruction.writes[0] not in read_by_numpy:
                continue  # compiled code knows where the numbers are
            if isinstance(instruction, Effect):
                instruction.copies = not _is_own(instruction.function)
            steps.append(instruction)
            if isinstance(instruction, Read):
                continue
            for i in instruction.writes:
                if i in self.root:
                    steps.append(CopyIn(i, arrays[i]))
        steps += [CopyOut(slot) for slot in self.copied_out]
        for step in steps:
            if isinstance(step, Jobs):
                step.list = JobList(step.jobs)
        for slot in self.places:
            values[slot] = arrays[slot]
        return steps, jobs, bindings

    def _arrays(self, values):
        """{fixed slot: its array}, and the bindings of the Variables among them."""
        arrays, bindings = {}, {}
        for slot, root in self.root.items():
            shape, dtype, origin = self.slots[slot].shape, self.slots[slot].dtype, self.slots[root].origin
            if self.slots[root].kind == "variable":
                binding = bindings.setdefault(id(origin), binding_of(origin))
                arrays[slot] = binding.tensor.array
            elif self.slots[root].kind == "constant":
                arrays[slot] = np.ascontiguousarray(origin)
            else:
                arrays[slot] = self.arena.array(root, shape, dtype)
        return arrays, list(bindings.values())
