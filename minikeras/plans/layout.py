"""Layout: memory for every array that compiled code uses, and the steps of a replay in order."""

import numpy as np

from minikeras.kernels.job_lists import JobList, compile_ahead
from minikeras.kernels.memory import workspaces
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
    """A step: copy an array to its fixed location."""

    last_uses = ()

    def __init__(self, buffer, place):
        self.buffer = buffer
        self.place = place
        self.reads = self.writes = (buffer,)

    @property
    def title(self):
        return f"copy {self.buffer}"

    def run(self, values):
        self.place[()] = values[self.buffer]  # in two thirds of the time of `np.copyto`
        values[self.buffer] = self.place


class Refresh:
    """A step: update addresses and forms of Variables, after Python that may have assigned to some."""

    reads = writes = last_uses = ()
    title = "refresh variables"

    def __init__(self, plan):
        self.plan = plan

    def run(self, values):
        self.plan.get_ready()


class CopyOut:
    """A step: copy a result from memory that the next replay will overwrite."""

    last_uses = ()
    title = "copy a result"

    def __init__(self, buffer):
        self.reads = self.writes = (buffer,)

    def run(self, values):
        values[self.reads[0]] = np.array(values[self.reads[0]])


class Layout:
    """The memory of a plan's arrays.

    A buffer is *fixed* if a job reads or writes it: then its array has one location, in the arena or in a Variable. A
    reshaped fixed buffer is another view of that location. Arrays that NumPy makes from fixed ones may alias them, so
    the location stays reserved as long as such an array is used.

    Where jobs may write a result over an input (`Lowering.in_place`) that nothing reads later, both share a location.

    Args:
        plan: the `Plan`.
        kept: the buffers of its result.
        written: the bindings that it writes.
        memory: the `Memory` for the arena, the plan's if None.
    """

    def __init__(self, plan, kept, written, memory=None):
        self.plan = plan
        self.buffers = plan.buffers
        self.root = {}  # fixed buffer -> the buffer whose location it shares
        self.kept = kept
        self.views = set()  # positions of instructions that are views and do not run
        self._find_fixed()
        self._share_in_place()
        self.arena = Arena(self._lifetimes(), memory or plan.memory)
        self.workspaces = []  # see `kernels/memory.py`
        self.locations = {buffer for buffer, root in self.root.items() if self.buffers[root].kind != "variable"}
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
                and (self.buffers[source].kind in ("result", "batch") or self._only_jobs_read(source, target))
            ]
            for position in found:
                source, target = pairs[position]
                self.root[target] = self.root.setdefault(source, source)
                self.views.add(position)
        for buffer in self.root:  # roots of roots
            while self.root[buffer] != self.root[self.root[buffer]]:
                self.root[buffer] = self.root[self.root[buffer]]

    def _share_in_place(self):
        """Give results the locations of the inputs that the jobs overwrite."""
        sharing, readers, held = {}, {}, {*self.kept, *self._checked()}
        for buffer, root in self.root.items():
            sharing.setdefault(root, set()).add(buffer)
        for position, instruction in enumerate(self.plan.instructions):
            for i in instruction.reads if position not in self.views else ():
                readers.setdefault(i, []).append(position)

        def may_overwrite(root, target, position):
            """Whether a location is free for a result of the same size at a position."""
            buffers = self.buffers
            if buffers[root].kind != "result" or buffers[root].nbytes != buffers[target].nbytes:
                return False
            if self.root[target] != target or target in sharing[root] or not held.isdisjoint(sharing[root]):
                return False
            positions = {p for buffer in sharing[root] for p in readers.get(buffer, ())} - {position}
            return all(p < position and p in self.plan.lowered for p in positions)  # NumPy's results may be views

        for position, lowering in self.plan.lowered.items():
            for source, target in lowering.in_place:
                root = self.root.get(source)  # None for a number, or a value that is not needed
                if root is not None and target is not None and may_overwrite(root, target, position):
                    joining = sharing.pop(target)  # and its views
                    sharing[root] |= joining
                    self.root.update(dict.fromkeys(joining, root))

    def _checked(self):
        """The buffers whose values an error reports after the jobs."""
        return [
            buffer for lowering in self.plan.lowered.values() if lowering.check is not None for buffer in lowering.reads
        ]

    def _only_jobs_read(self, source, target):
        """Whether a buffer is a Variable's, and the other, a view of it, is read only by jobs."""
        readers = [p for p, instruction in enumerate(self.plan.instructions) if target in instruction.reads]
        return self.buffers[source].kind in ("variable", "weights") and all(p in self.plan.lowered for p in readers)

    def _lifetimes(self):
        """A `Lifetime` for each location in the arena."""
        first, last = {}, {}
        # buffer made by NumPy -> the locations that it may alias; weights computed from others have their own
        aliased = {buffer.index: {buffer.index} for buffer in self.buffers if buffer.kind == "weights"}

        def touch(place, position):
            first[place] = min(first.get(place, position), position)
            last[place] = max(last.get(place, position), position)

        def locations(buffer):
            return {self.root[buffer]} if buffer in self.root else aliased.get(buffer, set())

        for position, instruction in enumerate(self.plan.instructions):
            reads = instruction.reads
            below = set().union(*[locations(i) for i in reads if i is not None])
            for i in (*reads, *instruction.writes):
                for place in locations(i) if i is not None else ():
                    touch(place, position)
            for place in below:
                touch(place, position)
            for i in instruction.writes:
                if i is not None and i not in self.root:
                    aliased[i] = below
        for buffer in (*self.kept, *self._checked()):
            for place in locations(buffer):
                touch(place, len(self.plan.instructions))
        self.copied_out = [buffer for buffer in self.kept if locations(buffer)]
        lifetimes = []
        for place in sorted(first):
            kind = self.buffers[place].kind
            if kind in ("result", "batch"):
                start = -1 if kind == "batch" else first[place]
                lifetimes.append(Lifetime(place, start, last[place], self.buffers[place].nbytes))
        return lifetimes

    def program(self):
        """(the steps of a replay, {position: jobs})."""
        instructions, lowered = self.plan.instructions, self.plan.lowered
        by_numpy = [ins for p, ins in enumerate(instructions) if p not in lowered and p not in self.views]
        read_by_numpy = {i for instruction in by_numpy for i in instruction.reads}
        steps = [
            CopyIn(buffer.index, self.arrays[buffer.index]) for buffer in self.buffers if self._is_batch_place(buffer)
        ]
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
                steps += [CopyIn(i, self.arrays[i]) for i in instruction.writes if i in self.locations]
        steps += [*checks, *[CopyOut(buffer) for buffer in self.copied_out]]
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
        with workspaces.of_next_instruction(self.workspaces):
            made = lowering.jobs(self.arrays)
        steps[-1].jobs += [job for job in made if not self.weight_forms.take(job)]
        return made

    def _is_batch_place(self, buffer):
        return buffer.kind == "batch" and buffer.index in self.root

    def _must_run(self, instruction, read_by_numpy):
        """Whether an instruction in Python is needed: compiled code has the addresses of Variables."""
        reads_for_jobs = isinstance(instruction, Read) and instruction.writes[0] in self.root
        return not reads_for_jobs or instruction.writes[0] in read_by_numpy

    def _arrays(self):
        """{fixed buffer: its array}, and the bindings of the Variables among them."""
        arrays, bindings = {}, {}
        for buffer, root in self.root.items():
            shape, dtype, origin = self.buffers[buffer].shape, self.buffers[buffer].dtype, self.buffers[root].origin
            if self.buffers[root].kind == "variable":
                binding = bindings.setdefault(id(origin), binding_of(origin))
                arrays[buffer] = binding.tensor.array.reshape(shape)
            elif self.buffers[root].kind in ("constant", "weights"):
                arrays[buffer] = np.ascontiguousarray(origin).reshape(shape)
            else:
                arrays[buffer] = self.arena.array(root, shape, dtype)
        return arrays, list(bindings.values())
