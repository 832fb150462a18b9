"""Layout: a buffer for every array that compiled code touches, and the steps of a replay in order."""

import numpy as np

from minikeras.kernels.tasks import JobList, compile_ahead
from minikeras.plans.allocate import Arena, Lifetime
from minikeras.plans.bindings import binding_of
from minikeras.plans.changes import assigns, changes, keeps_arguments
from minikeras.plans.collective import SumOverRanks
from minikeras.plans.instructions import Effect, Read
from minikeras.plans.lower import view_of
from minikeras.plans.update import Update
from minikeras.plans.weight_forms import WeightForms


class Jobs:
    """A step: compiled jobs, one after the other, in one call."""

    reads = writes = last_uses = ()
    title = "jobs"

    def __init__(self):
        self.list = None
        self.jobs = []

    def run(self, values):
        self.list.run()


class CopyIn:
    """A step: the array of a slot copied to its buffer."""

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


class Refresh:
    """A step: addresses and forms of Variables as they are now, after Python that may have assigned to some."""

    reads = writes = last_uses = ()
    title = "look at variables"

    def __init__(self, plan):
        self.plan = plan

    def run(self, values):
        self.plan.get_ready()


class CopyOut:
    """A step: a result copied from the buffer that the next replay will overwrite."""

    last_uses = ()
    title = "copy a result"

    def __init__(self, slot):
        self.reads = self.writes = (slot,)

    def run(self, values):
        values[self.reads[0]] = np.array(values[self.reads[0]])


class Layout:
    """The buffers of a plan's arrays.

    A slot is *fixed* if a job reads or writes it: then it has a buffer, in the arena or in a Variable. Reshaping a
    fixed slot is another view of its buffer. Arrays that NumPy makes from fixed ones may alias them, so the buffer
    stays reserved as long as such an array is used.

    Where jobs may write a result over an input (`Lowering.in_place`) that nothing reads later, both share a buffer.

    Args:
        plan: the `Plan`.
        kept: the slots of its result.
        written: the bindings that it writes.
        memory: the `Memory` for the arena, the plan's if None.
    """

    def __init__(self, plan, kept, written, memory=None):
        self.plan = plan
        self.slots = plan.slots
        self.root = {}  # fixed slot -> the slot whose buffer it shares
        self.kept = kept
        self.views = set()  # positions of instructions that are views and do not run
        self._find_fixed()
        self._share_in_place()
        self.arena = Arena(self._lifetimes(), memory or plan.memory)
        self.places = {slot for slot, root in self.root.items() if self.slots[root].kind != "variable"}
        self.arrays, self.bindings = self._arrays()
        unchanged = [binding for binding in self.bindings if not self._is_changed(binding, written)]
        self.weight_forms = WeightForms(unchanged, plan.weight_values)

    def _is_changed(self, binding, written):
        """Whether the step itself changes a Variable."""
        return binding in written or any(changes(other, binding.variable) for other in self.plan.instructions)

    def _find_fixed(self):
        instructions, lowered = self.plan.instructions, self.plan.lowered
        for lowering in lowered.values():
            for i in (*lowering.reads, *lowering.writes):
                self.root.setdefault(i, i)
        pairs = {p: view_of(i) for p, i in enumerate(instructions) if p not in lowered and view_of(i) is not None}
        found = True
        while found:  # a view of a view may become one only when the other has
            found = [
                position
                for position, (source, target) in pairs.items()
                if position not in self.views
                and (source in self.root or target in self.root)
                and (self.slots[source].kind in ("result", "batch") or self._only_jobs_read(source, target))
            ]
            for position in found:
                source, target = pairs[position]
                self.root[target] = self.root.setdefault(source, source)
                self.views.add(position)
        for slot in self.root:  # roots of roots
            while self.root[slot] != self.root[self.root[slot]]:
                self.root[slot] = self.root[self.root[slot]]

    def _share_in_place(self):
        """Give results the buffers of the inputs that the jobs overwrite."""
        for position, lowering in self.plan.lowered.items():
            for source, target in lowering.in_place:
                if source is not None and target is not None and self._may_overwrite(source, target, position):
                    self.root[target] = self.root[source]
                    for slot, root in self.root.items():  # views of the target
                        self.root[slot] = self.root[target] if root == target else root

    def _may_overwrite(self, source, target, position):
        """Whether the buffer of a slot is free for a result of the same size at a position."""
        root, slots = self.root[source], self.slots
        sharing = {slot for slot, other in self.root.items() if other == root}
        if self.root[target] != target or slots[root].kind != "result" or slots[root].nbytes != slots[target].nbytes:
            return False
        if sharing.intersection((*self.kept, *self._checked())):
            return False
        for other, instruction in enumerate(self.plan.instructions):
            if other == position or other in self.views or sharing.isdisjoint(instruction.reads):
                continue
            if other > position or other not in self.plan.lowered:  # arrays that NumPy makes may alias the buffer
                return False
        return True

    def _checked(self):
        """The slots whose values an error reports, after the jobs."""
        return [
            slot for lowering in self.plan.lowered.values() if lowering.check is not None for slot in lowering.reads
        ]

    def _only_jobs_read(self, source, target):
        """Whether a slot is a Variable's and the other, a view of it, is read by jobs alone."""
        readers = [p for p, instruction in enumerate(self.plan.instructions) if target in instruction.reads]
        return self.slots[source].kind in ("variable", "weights") and all(p in self.plan.lowered for p in readers)

    def _lifetimes(self):
        """A `Lifetime` for each buffer in the arena."""
        first, last = {}, {}
        # slot made by NumPy -> the buffers that it may alias; weights that a plan computes of others have their own
        aliased = {slot.index: {slot.index} for slot in self.slots if slot.kind == "weights"}

        def touch(place, position):
            first[place] = min(first.get(place, position), position)
            last[place] = max(last.get(place, position), position)

        def places(slot):
            return {self.root[slot]} if slot in self.root else aliased.get(slot, set())

        for position, instruction in enumerate(self.plan.instructions):
            reads = instruction.reads
            below = set().union(*[places(i) for i in reads if i is not None])
            for i in (*reads, *instruction.writes):
                for place in places(i) if i is not None else ():
                    touch(place, position)
            for place in below:
                touch(place, position)
            for i in instruction.writes:
                if i is not None and i not in self.root:
                    aliased[i] = below
        for slot in (*self.kept, *self._checked()):
            for place in places(slot):
                touch(place, len(self.plan.instructions))
        self.copied_out = [slot for slot in self.kept if places(slot)]
        lifetimes = []
        for place in sorted(first):
            kind = self.slots[place].kind
            if kind in ("result", "batch"):
                start = -1 if kind == "batch" else first[place]
                lifetimes.append(Lifetime(place, start, last[place], self.slots[place].nbytes))
        return lifetimes

    def program(self):
        """(the steps of a replay, {position: jobs})."""
        instructions, lowered = self.plan.instructions, self.plan.lowered
        by_numpy = [ins for p, ins in enumerate(instructions) if p not in lowered and p not in self.views]
        read_by_numpy = {i for instruction in by_numpy for i in instruction.reads}
        steps = [CopyIn(slot.index, self.arrays[slot.index]) for slot in self.slots if self._is_batch_place(slot)]
        jobs, checks = {}, []
        for position, instruction in enumerate(instructions):
            if isinstance(instruction, (Effect, SumOverRanks, Update)):
                steps += checks  # before anything outside is changed
                checks = []
            if position in lowered:
                jobs[position] = self._add_jobs(steps, checks, lowered[position])
            elif position not in self.views and self._must_run(instruction, read_by_numpy):
                steps.append(instruction)
                if isinstance(instruction, Effect):
                    instruction.copies = keeps_arguments(instruction.function)
                    if assigns(instruction.function) and any(later > position for later in lowered):
                        steps.append(Refresh(self.plan))
                steps += [CopyIn(i, self.arrays[i]) for i in instruction.writes if i in self.places]
        steps += [*checks, *[CopyOut(slot) for slot in self.copied_out]]
        compile_ahead([job for made in jobs.values() for job in made])
        for step in steps:
            if isinstance(step, Jobs):
                step.list = JobList(step.jobs)
        return steps, jobs

    def _add_jobs(self, steps, checks, lowering):
        if lowering.prepare is not None:
            steps.append(lowering.prepare)
        if lowering.check is not None:
            checks.append(lowering.check(self.arrays))
        if not steps or not isinstance(steps[-1], Jobs):
            steps.append(Jobs())
        made = lowering.jobs(self.arrays)
        steps[-1].jobs += [job for job in made if not self.weight_forms.take(job)]
        return made

    def _is_batch_place(self, slot):
        return slot.kind == "batch" and slot.index in self.root

    def _must_run(self, instruction, read_by_numpy):
        """Whether an instruction in Python is needed: compiled code has the addresses of Variables."""
        reads_for_jobs = isinstance(instruction, Read) and instruction.writes[0] in self.root
        return not reads_for_jobs or instruction.writes[0] in read_by_numpy

    def _arrays(self):
        """{fixed slot: its array}, and the bindings of the Variables among them."""
        arrays, bindings = {}, {}
        for slot, root in self.root.items():
            shape, dtype, origin = self.slots[slot].shape, self.slots[slot].dtype, self.slots[root].origin
            if self.slots[root].kind == "variable":
                binding = bindings.setdefault(id(origin), binding_of(origin))
                arrays[slot] = binding.tensor.array.reshape(shape)
            elif self.slots[root].kind in ("constant", "weights"):
                arrays[slot] = np.ascontiguousarray(origin).reshape(shape)
            else:
                arrays[slot] = self.arena.array(root, shape, dtype)
        return arrays, list(bindings.values())
