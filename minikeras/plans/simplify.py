"""Simplification: what need not be computed in every step, or not twice.

constants      an instruction that reads constants only is run now; its results are constants, too
softmax        a crossentropy computes the probabilities anyway: the softmax of the same logits is the same array
labels         class numbers that a loss cast to float32 and back are the class numbers
"""

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.metrics import SparseCategoricalAccuracy
from minikeras.ops.crossentropy import SparseSoftmaxCrossentropy
from minikeras.ops.softmax import Softmax
from minikeras.plans.graph import Graph
from minikeras.plans.instructions import Compute, Effect, Gradient, Instruction, Pure, TensorAt


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
    """Class numbers in int64 once, where a loss casts them to float32 (exact for up to 2²⁴ classes) and on to int64.

    The accuracy gets the same array, so that it need not look at other dtypes either.
    """
    graph = Graph(instructions, kept)
    simplified = list(instructions)
    for position, instruction in enumerate(instructions):
        back = _cast_back(graph, position, slots)
        if back is None:
            continue
        source, target = instruction.reads[0], instructions[back].writes[0]
        simplified[position], simplified[back] = Widen(source, target), None
        if slots[source].dtype == np.int64:
            simplified[position] = Same(source, target)
        for reader in graph.readers[source]:
            if _is_accuracy(simplified[reader], source):
                simplified[reader] = _with_labels(simplified[reader], target)
    return [instruction for instruction in simplified if instruction is not None]


def _cast_back(graph, position, slots):
    """The position of the second cast, to int64, of labels that a crossentropy reads; None if it is not so."""
    instruction = graph.instructions[position]
    back = graph.only_reader_is(_result(instruction), Compute, Cast)
    if back is None or not graph.is_a(position, Compute, Cast) or graph.instructions[back].op.dtype != "int64":
        return None
    source, target = instruction.reads[0], graph.instructions[back].writes[0]
    readers = [graph.instructions[reader] for reader in graph.readers.get(target, ())]
    for_loss = all(type(getattr(reader, "op", None)) is SparseSoftmaxCrossentropy for reader in readers)
    whole = slots[source].dtype is not None and slots[source].dtype.kind in "iu" and slots[source].dtype != np.uint64
    return back if whole and for_loss and target not in graph.kept else None


class Widen(Instruction):
    """slot ← whole numbers as int64."""

    title = "int64"

    def __init__(self, source, target):
        self.reads = (source,)
        self.writes = (target,)

    def run(self, values):
        values[self.writes[0]] = values[self.reads[0]].astype(np.int64)


def _is_accuracy(instruction, labels):
    owner = getattr(getattr(instruction, "function", None), "__self__", None)
    if type(owner) is not SparseCategoricalAccuracy or len(instruction.args) != 2 or instruction.kwargs:
        return False
    return type(instruction.args[0]) is TensorAt and instruction.args[0] == TensorAt(labels)


def _with_labels(effect, labels):
    return Effect(effect.function, (TensorAt(labels), effect.args[1]), {}, effect.writes)


def _result(instruction):
    return instruction.writes[0] if len(instruction.writes) == 1 else None
