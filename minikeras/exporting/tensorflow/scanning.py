"""Recurrences as `StatelessWhile` loops, whose body computes one step."""

import numpy as np

from minikeras.exporting.conversions.recurrent import first_state
from minikeras.exporting.tensorflow.formulas import INT32


def scan(graph, step, z, given, names, weights, compute):
    """See `GraphBuilder.scan`. The weights are values of the loop."""
    units = step.outputs[0].shape[-1]
    states = [first_state(graph, given.get(name), z, units) for name in names]
    sequences = [graph.transpose(graph.read(z), [1, 0, 2])]
    if given.get("mask") is not None:
        mask = graph.transpose(graph.read(given["mask"], bool), [1, 0])
        sequences.append(graph.unsqueeze(mask, [2]))
    count = graph.cast(graph.scalar(graph.length(z.shape[1])), INT32)
    item = graph.constant([-1, units], np.int32)
    history = graph.add("TensorListReserve", item, count, element_dtype=graph.kinds[states[0]])
    ends = len(states), len(states) + len(sequences)

    def body(graph, number, count, history, *rest):
        states, sequences, weights = rest[: ends[0]], rest[ends[0] : ends[1]], rest[ends[1] :]
        place = graph.plus(graph.add("Sub", count, number), -1) if step.op.reverse else number
        now = [graph.gather(sequence, place, 0) for sequence in sequences]
        new = compute(graph, now[0], states, *weights)
        if len(now) > 1:
            new = [graph.add("SelectV2", now[1], a, b) for a, b in zip(new, states, strict=True)]
        history = graph.add("TensorListSetItem", history, number, new[0])
        return [graph.plus(number, 1), count, history, *new, *sequences, *weights]

    values = [graph.constant(0, np.int32), count, history, *states, *sequences, *weights]
    results = graph.call_loop(lambda graph, number, count, *rest: graph.add("Less", number, count), body, values)
    steps = graph.add("TensorListStack", results[2], item, element_dtype=graph.kinds[states[0]])
    return [graph.transpose(steps, [1, 0, 2]), *results[3 : 3 + ends[0]]]
