"""The instructions of a step as a graph: the writer and the readers of each buffer, and groups of instructions."""

from minikeras.plans.instructions import Gradient, Instruction


class Fused(Instruction):
    """A group of instructions.

    Attributes:
        name: of the pattern.
        parts: the instructions, in order.
        roles: {name: buffer} of its inputs and outputs, without intermediate values.
        settings: further results of the pattern.
    """

    def __init__(self, name, parts, roles, **settings):
        self.name = name
        self.parts = parts
        self.roles = {role: buffer for role, buffer in roles.items() if buffer is not None}
        self.settings = settings
        inside = {i for part in parts for i in part.writes}
        wanted = [*[i for part in parts for i in part.reads], *self.roles.values()]  # a pattern may name further arrays
        self.reads = tuple(dict.fromkeys(i for i in wanted if i not in inside))
        named = set(self.roles.values())
        self.writes = tuple(i for part in parts for i in part.writes if i is not None and i in named)

    def run(self, values):
        for part in self.parts:
            part.run(values)

    @property
    def title(self):
        return self.name


class Graph:
    """The writer and the readers of each buffer.

    Args:
        instructions: in order.
        kept: buffers that are read after the step.

    Attributes:
        differentiates: whether there are gradients among them.
        taken: positions of instructions that are already in a group, which no pattern matches again.
    """

    def __init__(self, instructions, kept):
        self.instructions = instructions
        self.kept = set(kept)
        self.differentiates = any(isinstance(instruction, Gradient) for instruction in instructions)
        self.taken = set()
        self.readers = {}
        self.writer = {}
        for position, instruction in enumerate(instructions):
            for i in instruction.reads:
                self.readers.setdefault(i, []).append(position)
            for i in instruction.writes:
                self.writer[i] = position

    def only_reader(self, buffer):
        """The position of the only instruction that reads a buffer, None if there are several or none."""
        readers = self.readers.get(buffer, ())
        return readers[0] if len(readers) == 1 and buffer not in self.kept else None

    def only_reader_is(self, buffer, kind, op):
        """The only reader, if it is a `kind` of instruction for an `op`."""
        position = self.only_reader(buffer)
        return position if position is not None and self.is_a(position, kind, op) else None

    def written_by(self, buffer, kind, op):
        """The writer of a buffer, if it is a `kind` of instruction for an `op`."""
        position = self.writer.get(buffer)
        return position if position is not None and self.is_a(position, kind, op) else None

    def is_a(self, position, kind, op):
        """Whether the instruction there is in no group, of a kind, and for an op of exactly this class."""
        instruction = self.instructions[position]
        return type(instruction) is kind and type(instruction.op) is op and position not in self.taken
