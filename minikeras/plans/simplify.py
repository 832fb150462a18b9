"""Simplification: removes computations that are not needed in every step, or are done twice.

unused         results without readers are not computed
constants      an instruction that reads only constants is run now; its results are constants, too
duplicates     equal computations on the same arrays, as by a loss and a metric, run once
by-products    a crossentropy computes the probabilities anyway: the softmax of the same logits is the same array
axes           two transpositions that cancel are removed, as between layers with channels first
labels         class indices that a loss casts to float32 and back are not cast

Ops declare these properties themselves (`autodiff/op_facts.py`).
"""

import numpy as np

from minikeras.autodiff.effects import is_read_only
from minikeras.metrics import Metric
from minikeras.plans.changes import Snapshot
from minikeras.plans.graph import Graph
from minikeras.plans.instructions import Compute, Effect, Gradient, Instruction, Pure, Read, TensorAt, is_own
from minikeras.plans.trace import same


class Alias(Instruction):
    """One buffer ← the array of another."""

    title = "the same array"

    def __init__(self, source, target):
        self.reads = (source,)
        self.writes = (target,)

    def run(self, values):
        values[self.writes[0]] = values[self.reads[0]]


def simplify(instructions, buffers, kept):
    """Simplify the instructions. Buffers may become constants."""
    instructions = fold_constants(drop_dead_code(instructions, kept), buffers)
    instructions = share_common_subexpressions(instructions, kept)
    instructions = share_by_products(instructions, buffers, kept)
    instructions = drop_dead_code(cancel_transpositions(instructions, buffers), kept)
    instructions = drop_label_casts(instructions, buffers, kept)
    return reuse_float_labels(instructions, buffers, kept)


def drop_dead_code(instructions, kept):
    """Drop instructions whose results have no reader; a user's function may contain some."""
    used, left = set(kept), []
    for instruction in reversed(instructions):
        if not used.isdisjoint(instruction.writes) or not (_is_pure(instruction) or _is_metric_result(instruction)):
            left.append(instruction)
            used.update(instruction.reads)
    return left[::-1]


def _is_pure(instruction):
    return isinstance(instruction, (Compute, Gradient, Pure, Read, Snapshot))


def _is_metric_result(instruction):
    """Whether an instruction reads a minikeras metric's result, which changes nothing."""
    return isinstance(instruction, Effect) and is_own(instruction.function) and is_read_only(instruction.function)


def fold_constants(instructions, buffers):
    """Run instructions that depend only on constants now, such as a mean's gradient (1 / n per sample), or shapes."""
    left = []
    for instruction in instructions:
        if isinstance(instruction, Compute) and not instruction.op.uses_values:
            values = {i: np.empty(buffers[i].shape, buffers[i].dtype) for i in instruction.reads}
        elif (
            _is_pure(instruction)
            and instruction.reads
            and all(buffers[i].kind == "constant" for i in instruction.reads)
        ):
            values = {i: buffers[i].origin for i in instruction.reads}
        else:
            left.append(instruction)
            continue
        with np.errstate(all="ignore"):
            instruction.run(values)
        for i in instruction.writes:
            if i is not None:
                buffers[i].kind, buffers[i].origin = "constant", values[i]
    return left


def share_common_subexpressions(instructions, kept):
    """Replace each op that ran before on the same arrays by an `Alias`."""
    first, found, shared = {}, {}, []  # first: buffer -> the buffer with the same values;  found: reads -> instructions
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
            shared += map(Alias, earlier.writes, instruction.writes)
    wanted = {i for instruction in shared for i in instruction.reads if i is not None} | set(kept)
    return [i for i in shared if type(i) is not Alias or i.writes[0] in wanted]


def share_by_products(instructions, buffers, kept):
    """Replace an op by another op's by-product, such as the probabilities of a crossentropy."""
    graph = Graph(instructions, kept)
    moved = {}  # position of an op with a by-product -> the `Alias` to insert after it
    dropped = set()
    for position, instruction in enumerate(instructions):
        if type(instruction) is not Compute or len(instruction.reads) != 1 or len(instruction.writes) != 1:
            continue
        result = instruction.writes[0]
        for reader in graph.readers[instruction.reads[0]]:
            source = None if reader in moved else _by_product(instructions[reader], instruction, buffers)
            if source is not None and min(graph.readers.get(result, [reader + 1])) > reader:
                moved[reader] = Alias(source, result)
                dropped.add(position)
                break
    simplified = []
    for position, instruction in enumerate(instructions):
        if position not in dropped:
            simplified.append(instruction)
        if position in moved:
            simplified.append(moved[position])
    return simplified


def _by_product(instruction, wanted, buffers):
    """The buffer of an instruction's by-product that equals another's result; None if there is none."""
    if type(instruction) is not Compute:
        return None
    for output, op, place in instruction.op.by_products([buffers[i] for i in instruction.reads]):
        if instruction.reads[place] == wanted.reads[0] and same(op, wanted.op):
            return instruction.writes[output]
    return None


def cancel_transpositions(instructions, buffers):
    """Replace a transposition, or its gradient, that cancels another by an `Alias`."""
    made, simplified = {}, []  # buffer -> (its source, the order of axes)
    for instruction in instructions:
        found = reordered(instruction, buffers)
        if found is not None:
            source, target, axes = found
            origin, before = made.get(source, (None, ()))
            if len(before) == len(axes) and all(before[axis] == place for place, axis in enumerate(axes)):
                instruction = Alias(origin, target)
            else:
                made[target] = source, axes
        simplified.append(instruction)
    return simplified


def reordered(instruction, buffers):
    """(source, target, axes) of an instruction that sets target = np.transpose(source, axes); None for others."""
    if type(instruction) is Compute:
        source = instruction.reads[0] if instruction.reads else None
    elif type(instruction) is Gradient:
        source = instruction.dys[0]
    else:
        return None
    axes = None if source is None else instruction.op.permutation(len(buffers[source].shape))
    if axes is None:
        return None
    if type(instruction) is Gradient:  # the original order
        axes = sorted(range(len(axes)), key=axes.__getitem__)
    return source, instruction.writes[0], tuple(axes)


def drop_label_casts(instructions, buffers, kept):
    """Cast class indices to int64 once, where a loss casts them to float32 (exact up to 2²⁴ classes) and then to int64.

    The accuracy gets the same array, so it needs no code for other dtypes.
    """
    graph = Graph(instructions, kept)
    simplified = list(instructions)
    for position, instruction in enumerate(instructions):
        back = _cast_back(graph, position, buffers)
        if back is None:
            continue
        source, wide, target = instruction.reads[0], instruction.writes[0], instructions[back].writes[0]
        for i in (wide, instructions[back].reads[0]):  # perhaps with a reshape between
            buffers[i].dtype = np.dtype(np.int64)
        simplified[position] = Alias(source, wide) if buffers[source].dtype == np.int64 else Widen(source, wide)
        simplified[back] = Alias(instructions[back].reads[0], target)
        for reader in graph.readers[source]:
            if _takes_labels(simplified[reader], source, "int64"):
                simplified[reader] = _with_labels(simplified[reader], wide)
    return simplified


def reuse_float_labels(instructions, buffers, kept):
    """Reuse labels that a loss cast to float32 for metrics that accept float32."""
    graph = Graph(instructions, kept)
    shared = list(instructions)
    for position, instruction in enumerate(instructions):
        if _casts_to(instruction) != "float32":
            continue
        source, target = instruction.reads[0], instruction.writes[0]
        whole = buffers[source].dtype is not None and buffers[source].dtype.kind in "iu"
        for reader in graph.readers[source]:
            if whole and reader > position and _takes_labels(shared[reader], source, "float32"):
                shared[reader] = _with_labels(shared[reader], target)
    return shared


def _cast_back(graph, position, buffers):
    """The position of the second cast, to int64, of labels that a crossentropy reads; None if there is none."""
    instruction = graph.instructions[position]
    if _casts_to(instruction) is None:
        return None
    result, back = instruction.writes[0], graph.only_reader(instruction.writes[0])
    if back is not None and type(graph.instructions[back]) is Compute and graph.instructions[back].op.keeps_elements:
        result = graph.instructions[back].writes[0]
        back = graph.only_reader(result)
    if back is None or _casts_to(graph.instructions[back]) != "int64":
        return None
    source, target = instruction.reads[0], graph.instructions[back].writes[0]
    for_loss = all(_are_classes(graph.instructions[reader], target) for reader in graph.readers.get(target, ()))
    whole = (
        buffers[source].dtype is not None and buffers[source].dtype.kind in "iu" and buffers[source].dtype != np.uint64
    )
    return back if whole and for_loss and target not in graph.kept else None


def _casts_to(instruction):
    return instruction.op.casts_to if type(instruction) is Compute else None


def _are_classes(instruction, buffer):
    """Whether an instruction reads a buffer as class indices."""
    op = getattr(instruction, "op", None)
    given = instruction.inputs if type(instruction) is Gradient else instruction.reads
    return op is not None and given is not None and all(given[i] == buffer for i in op.class_inputs) and op.class_inputs


class Widen(Instruction):
    """buffer ← integers as int64."""

    title = "int64"

    def __init__(self, source, target):
        self.reads = (source,)
        self.writes = (target,)

    def run(self, values):
        values[self.writes[0]] = values[self.reads[0]].astype(np.int64)


def _takes_labels(instruction, labels, dtype):
    """Whether an instruction is the update of a metric with these labels that accepts this dtype."""
    metric = getattr(getattr(instruction, "function", None), "__self__", None)
    if not isinstance(metric, Metric) or metric.equivalent_label_dtype != dtype or not is_own(instruction.function):
        return False
    return len(instruction.args) == 2 and instruction.args[0] == TensorAt(labels)


def _with_labels(effect, labels):
    return Effect(effect.function, (TensorAt(labels), effect.args[1]), effect.kwargs, effect.writes)
