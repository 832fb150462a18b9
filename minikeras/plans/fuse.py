"""Fusion: several instructions that one loop can compute are merged into one.

A dense layer is traced as a product, a sum and a relu: three passes over memory, two of them for values that fit in
registers. Patterns (in the package `patterns/`) find such groups in the trace:

    Matmul, Add, Relu                                        dense + bias + relu
    Conv, Add, Relu                                          convolution + bias + relu
    gradients of Add, Matmul and of the Relu that made x     gradient of dense and of the relu below
    gradients of MaxPool, Relu, Add                          gradient of max-pool, relu and bias
    Matmul, Add, LSTMLoop                                    LSTMLoop with its input's product

A group is valid if no other instruction reads its intermediate values. A `Fused` instruction still has its parts and
runs them in order unless `lower.py` has a lowering for it.
"""

from minikeras.plans.graph import Graph
from minikeras.plans.instructions import Effect, Read
from minikeras.plans.patterns import PATTERNS


def fuse(instructions, buffers, kept):
    """The instructions with each group at the position of its first or last part."""
    instructions = reads_first(instructions)
    graph = Graph(instructions, kept)
    taken, groups = graph.taken, {}
    for position in range(len(instructions)):
        for pattern in PATTERNS:
            found = pattern(graph, position, buffers) if position not in taken else None
            place = _place(graph, *found) if found is not None else None
            if place is not None:
                taken.update(found[0])
                groups[place] = found[1]
                break
    return [groups.get(i, instruction) for i, instruction in enumerate(instructions) if i in groups or i not in taken]


def reads_first(instructions):
    """Hoist every `Read` to the start, or to just after the last effect before it, where it reads the same value."""
    ordered, stretch = [], []
    for instruction in instructions:
        if isinstance(instruction, Effect):
            ordered += [*stretch, instruction]
            stretch = []
        elif isinstance(instruction, Read):
            count = sum(isinstance(other, Read) for other in stretch)
            stretch.insert(count, instruction)
        else:
            stretch.append(instruction)
    return ordered + stretch


def _place(graph, positions, fused):
    """Where a group can run: at its first part if all its inputs are computed by then, else at its last, or nowhere.

    No instruction outside may read its intermediate values, nor a result before it is computed.
    """
    first, last = min(positions), max(positions)
    if all(graph.writer.get(i, -1) < first for i in fused.reads):
        last = first
    results = set(fused.writes)
    for part in fused.parts:
        for buffer in part.writes:
            outside = [reader for reader in graph.readers.get(buffer, ()) if reader not in positions]
            if buffer in results:
                if outside and min(outside) < last:
                    return None
            elif buffer is not None and (outside or buffer in graph.kept):
                return None
    return last
