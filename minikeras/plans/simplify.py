"""Simplification: what need not be computed in every step, or not twice.

constants      an instruction that reads constants only is run now; its results are constants, too
softmax        a crossentropy computes the probabilities anyway: the softmax of the same logits is the same array
labels         class numbers that a loss cast to float32 and back are the class numbers
"""

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.ops.crossentropy import SparseSoftmaxCrossentropy
from minikeras.ops.softmax import Softmax
from minikeras.plans.fuse import Graph
from minikeras.plans.instructions import Compute, Gradient, Instruction, Pure


class Same(Instruction):
    """One slot ← the array of another."""

    title = "the same array"

    def __init__(self, source, target):
        self.reads = (source,)
        self.writes = (target,)

    def run(self, values):
        values[self.writes[0]] = values[self.reads[0]]


def simplify(instructions, slots, kept):
    """The instructions with less to do. Slots may become constants."""
    instructions = fold_constants(instructions, slots)
    instructions = share_softmax(instructions, slots, kept)
    return drop_casts_of_labels(instructions, slots, kept)


def fold_constants(instructions, slots):
    """Run now what depends on constants alone, such as the gradient of a mean: 1 / n for every sample."""
    left = []
    for instruction in instructions:
        pure = isinstance(instruction, (Compute, Gradient, Pure))
        if not pure or not instruction.reads or any(slots[i].kind != "constant" for i in instruction.reads):
            left.append(instruction)
            continue
        values = {i: slots[i].origin for i in instruction.reads}
        with np.errstate(all="ignore"):
            instruction.run(values)
        for i in instruction.writes:
            if i is not None:
                slots[i].kind, slots[i].origin = "constant", values[i]
    return left


def share_softmax(instructions, slots, kept):
    """The probabilities of a crossentropy in place of a softmax of the same logits."""
    graph = Graph(instructions, kept)
    moved = {}  # position of a crossentropy -> the `Same` to put behind it
    dropped = set()
    for position, instruction in enumerate(instructions):
        if not _is_softmax(instruction, slots):
            continue
        logits, result = instruction.reads[0], instruction.writes[0]
        for reader in graph.readers[logits]:
            if not graph.is_a(reader, Compute, SparseSoftmaxCrossentropy) or reader in moved:
                continue
            if instructions[reader].reads[1] == logits and min(graph.readers.get(result, [reader + 1])) > reader:
                moved[reader] = Same(instructions[reader].writes[1], result)
                dropped.add(position)
                break
    simplified = []
    for position, instruction in enumerate(instructions):
        if position not in dropped:
            simplified.append(instruction)
        if position in moved:
            simplified.append(moved[position])
    return simplified


def _is_softmax(instruction, slots):
    if type(instruction) is not Compute or type(instruction.op) is not Softmax:
        return False
    x = slots[instruction.reads[0]]
    return x.dtype in (np.float32, np.float64) and instruction.op.axis in (-1, len(x.shape) - 1)


def drop_casts_of_labels(instructions, slots, kept):
    """int64 class numbers as they came, where they went through float32, which is exact for up to 2²⁴ classes."""
    graph = Graph(instructions, kept)
    simplified = list(instructions)
    for position in range(len(instructions)):
        back = graph.only_reader_is(_result(instructions[position]), Compute, Cast)
        if back is None or not graph.is_a(position, Compute, Cast) or instructions[back].op.dtype != "int64":
            continue
        source, target = instructions[position].reads[0], instructions[back].writes[0]
        readers = [instructions[reader] for reader in graph.readers.get(target, ())]
        for_loss = all(type(getattr(reader, "op", None)) is SparseSoftmaxCrossentropy for reader in readers)
        if slots[source].dtype == np.int64 and for_loss and target not in graph.kept:
            simplified[position], simplified[back] = None, Same(source, target)
    return [instruction for instruction in simplified if instruction is not None]


def _result(instruction):
    return instruction.writes[0] if len(instruction.writes) == 1 else None
