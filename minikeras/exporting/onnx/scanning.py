"""Recurrences as `Scan`: a body that computes one step, run along the axis of time."""

import numpy as np

from minikeras.exporting.conversions.recurrent import first_state
from minikeras.exporting.graph import Value


def scan(graph, step, z, given, names, weights, compute):
    """See `GraphBuilder.scan`. The body reads the weights of the outer graph."""
    dtype, units = z.dtype, step.outputs[0].shape[-1]
    first = [first_state(graph, given.get(name), z, units) for name in names]
    sequences, mask = [graph.read(z)], given.get("mask")
    if mask is not None:
        sequences.append(graph.read(mask, bool))
    body = graph.body()
    old = [body.argument(name, (None, units), dtype) for name in names]
    reads = [body.argument("z", (None, z.shape[2]), dtype)]
    if mask is not None:
        reads.append(body.argument("mask", (None,), np.dtype(bool)))
    new = compute(body, reads[0], old, *weights)
    if mask is not None:
        counts = body.unsqueeze(reads[1], [1])
        new = [body.add("Where", counts, a, b) for a, b in zip(new, old, strict=True)]
    results = [*new, new[0]]  # each under its own name: a body may not return a value twice, or its input
    body.outputs = [Value((None, units), dtype, name=body.identity(name)) for name in results]
    *last, states = graph.add(
        "Scan",
        *first,
        *sequences,
        outputs=len(names) + 1,
        body=body,
        num_scan_inputs=len(sequences),
        scan_input_axes=[1] * len(sequences),
        scan_input_directions=[int(step.op.reverse)] * len(sequences),
        scan_output_axes=[1],
    )
    return [states, *last]
