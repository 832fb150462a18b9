"""Simplification: what need not be computed in every step, or not twice.

unused         what nobody reads is not computed
constants      an instruction that reads constants only is run now; its results are constants, too
twice          what is computed again from the same arrays, as by a loss and a metric, is computed once
softmax        a crossentropy computes the probabilities anyway: the softmax of the same logits is the same array
axes           an array whose axes are reordered and then put back is itself, as between layers with channels first
labels         class numbers that a loss cast to float32 and back are the class numbers
"""

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.shapes import Reshape, Transpose
from minikeras.metrics import (
    AUC,
    BinaryAccuracy,
    Precision,
    Recall,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
)
from minikeras.ops.creation import OnesLike, ZerosLike
from minikeras.ops.crossentropy import SoftmaxCrossentropy, SparseSoftmaxCrossentropy
from minikeras.ops.softmax import Softmax
from minikeras.plans.changes import Snapshot
from minikeras.plans.graph import Graph
from minikeras.plans.instructions import Compute, Effect, Gradient, Instruction, Pure, Read, TensorAt, is_own
from minikeras.plans.trace import same

OF_YES_AND_NO = BinaryAccuracy, Precision, Recall, AUC


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
    instructions = fold_constants(drop_unused(instructions, kept), slots)
    instructions = share_results(instructions, kept)
    instructions = share_softmax(instructions, slots, kept)
    instructions = drop_unused(drop_reorderings_undone(instructions, slots), kept)
    instructions = drop_casts_of_labels(instructions, slots, kept)
    return share_float_labels(instructions, slots, kept)


def drop_unused(instructions, kept):
    """The instructions without those whose results nobody reads, as a function of the user's may leave some."""
    used, left = set(kept), []
    for instruction in reversed(instructions):
        if not used.isdisjoint(instruction.writes) or not (_is_pure(instruction) or _is_metric_result(instruction)):
            left.append(instruction)
            used.update(instruction.reads)
    return left[::-1]


def _is_pure(instruction):
    return isinstance(instruction, (Compute, Gradient, Pure, Read, Snapshot))


def _is_metric_result(instruction):
    """Whether an instruction asks a metric of ours for its value, which changes nothing."""
    if not isinstance(instruction, Effect) or not is_own(instruction.function):
        return False
    return getattr(instruction.function, "changes_nothing", False)


def fold_constants(instructions, slots):
    """Run now what depends on constants alone, such as the gradient of a mean (1 / n for each sample), or on shapes."""
    left = []
    for instruction in instructions:
        if isinstance(instruction, Compute) and type(instruction.op) in (OnesLike, ZerosLike):
            values = {i: np.empty(slots[i].shape, slots[i].dtype) for i in instruction.reads}
        elif (
            _is_pure(instruction) and instruction.reads and all(slots[i].kind == "constant" for i in instruction.reads)
        ):
            values = {i: slots[i].origin for i in instruction.reads}
        else:
            left.append(instruction)
            continue
        with np.errstate(all="ignore"):
            instruction.run(values)
        for i in instruction.writes:
            if i is not None:
                slots[i].kind, slots[i].origin = "constant", values[i]
    return left


def share_results(instructions, kept):
    """The instructions without ops that were done before on the same arrays, with `Same` where others ask for these."""
    first, found, shared = {}, {}, []  # first: slot -> the slot with the same numbers;  found: reads -> instructions
    for instruction in instructions:
        if type(instruction) is not Compute:
            shared.append(instruction)
            continue
        reads = tuple([first.get(i, i) for i in instruction.reads])
        earlier = next((other for other in found.get(reads, ()) if same(other.op, instruction.op)), None)
        if earlier is None:
            if reads != instruction.reads:
                instruction = Compute(instruction.op, reads, instruction.writes)
            found.setdefault(reads, []).append(instruction)
            shared.append(instruction)
        else:
            first.update(zip(instruction.writes, earlier.writes, strict=True))
            shared += map(Same, earlier.writes, instruction.writes)
    wanted = {i for instruction in shared for i in instruction.reads if i is not None} | set(kept)
    return [i for i in shared if type(i) is not Same or i.writes[0] in wanted]


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
            if reader in moved or not _is_crossentropy(graph, reader, slots[logits]):
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


def _is_crossentropy(graph, position, logits):
    """Whether there is a crossentropy along the last axis, which makes probabilities as its second result."""
    if graph.is_a(position, Compute, SparseSoftmaxCrossentropy):
        return True
    last = len(logits.shape) - 1
    return graph.is_a(position, Compute, SoftmaxCrossentropy) and graph.instructions[position].op.axis in (-1, last)


def _is_softmax(instruction, slots):
    if type(instruction) is not Compute or type(instruction.op) is not Softmax:
        return False
    x = slots[instruction.reads[0]]
    return x.dtype in (np.float32, np.float64) and instruction.op.axis in (-1, len(x.shape) - 1)


def drop_reorderings_undone(instructions, slots):
    """`Same` in place of a reordering of axes, or its gradient, that undoes another."""
    made, simplified = {}, []  # slot -> (what was reordered to make it, the order)
    for instruction in instructions:
        found = reordered(instruction, slots)
        if found is not None:
            source, target, axes = found
            origin, before = made.get(source, (None, ()))
            if len(before) == len(axes) and all(before[axis] == place for place, axis in enumerate(axes)):
                instruction = Same(origin, target)
            else:
                made[target] = source, axes
        simplified.append(instruction)
    return simplified


def reordered(instruction, slots):
    """(source, target, axes) of an instruction that sets target = np.transpose(source, axes); None for others."""
    if type(getattr(instruction, "op", None)) is not Transpose:
        return None
    if type(instruction) is Compute:
        source, op = instruction.reads[0], instruction.op
    elif type(instruction) is Gradient:
        source, op = instruction.dys[0], instruction.op.back()
    else:
        return None
    rank = len(slots[source].shape)
    axes = range(rank)[::-1] if op.axes is None else (axis % rank for axis in op.axes)
    return source, instruction.writes[0], tuple(map(int, axes))


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
        source, wide, target = instruction.reads[0], instruction.writes[0], instructions[back].writes[0]
        for i in (wide, instructions[back].reads[0]):  # perhaps a reshape lies between
            slots[i].dtype = np.dtype(np.int64)
        simplified[position] = Same(source, wide) if slots[source].dtype == np.int64 else Widen(source, wide)
        simplified[back] = Same(instructions[back].reads[0], target)
        for reader in graph.readers[source]:
            if _reads_labels(simplified[reader], source, SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy):
                simplified[reader] = _with_labels(simplified[reader], wide)
    return simplified


def share_float_labels(instructions, slots, kept):
    """Labels that a loss cast to float32, for metrics of yes and no, too."""
    graph = Graph(instructions, kept)
    shared = list(instructions)
    for position, instruction in enumerate(instructions):
        if not graph.is_a(position, Compute, Cast) or instruction.op.dtype != "float32":
            continue
        source, target = instruction.reads[0], instruction.writes[0]
        whole = slots[source].dtype is not None and slots[source].dtype.kind in "iu"
        for reader in graph.readers[source]:
            if whole and reader > position and _reads_labels(shared[reader], source, *OF_YES_AND_NO):
                shared[reader] = _with_labels(shared[reader], target)
    return shared


def _cast_back(graph, position, slots):
    """The position of the second cast, to int64, of labels that a crossentropy reads; None if it is not so."""
    instruction = graph.instructions[position]
    if not graph.is_a(position, Compute, Cast):
        return None
    result = _result(instruction)
    between = graph.only_reader_is(result, Compute, Reshape)
    if between is not None:
        result = graph.instructions[between].writes[0]
    back = graph.only_reader_is(result, Compute, Cast)
    if back is None or graph.instructions[back].op.dtype != "int64":
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


def _reads_labels(instruction, labels, *metrics):
    """Whether an instruction is the update of one of these metrics with these labels."""
    owner = getattr(getattr(instruction, "function", None), "__self__", None)
    if type(owner) not in metrics or len(instruction.args) != 2:
        return False
    return type(instruction.args[0]) is TensorAt and instruction.args[0] == TensorAt(labels)


def _with_labels(effect, labels):
    return Effect(effect.function, (TensorAt(labels), effect.args[1]), effect.kwargs, effect.writes)


def _result(instruction):
    return instruction.writes[0] if len(instruction.writes) == 1 else None
