"""Recurrences as `Scan`: a body that computes one step, run along the axis of time."""

import numpy as np

from minikeras.exporting.graph import Value


def activation(graph, name, x):
    """One of the functions that recurrent layers have (`kernels/recurrence/activations.py`)."""
    if name == "hard_sigmoid":
        return graph.add("HardSigmoid", x, alpha=1 / 6, beta=0.5)
    operators = {"tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu", "linear": "Identity"}
    return graph.add(operators[name], x)


def scan(graph, step, z, kernel, given, names, compute):
    """All steps of a recurrence.

    Args:
        step: the recorded op.
        z: the inputs' part of each step (batch, steps, gates · units).
        kernel: (units, gates · units).
        given: {name: value} of first states and the mask.
        names: of the states.
        compute: `(body, op, z, states, kernel name, units, dtype) -> new states` for one step, on names.

    Returns:
        Names of the first state after each step (batch, steps, units), and of the last states.
    """
    dtype, units = z.dtype, kernel.shape[0]
    kernel_name, batch = graph.read(kernel, dtype), z.shape[0]
    first = [_first_state(graph, given.get(name), batch, units, dtype) for name in names]
    sequences, mask = [graph.read(z)], given.get("mask")
    if mask is not None:
        sequences.append(graph.read(mask, bool))
    body = graph.body()
    old = [graph.unique(f"{graph.scope}/{name}") for name in names]
    reads = [graph.unique(f"{graph.scope}/{name}") for name in ("z", "mask")[: len(sequences)]]
    new = compute(body, step.op, reads[0], old, kernel_name, units, dtype)
    if mask is not None:
        counts = body.unsqueeze(reads[1], [1])
        new = [body.add("Where", counts, a, b) for a, b in zip(new, old, strict=True)]
    new = [body.add("Identity", name) for name in new]  # a body may not return one value twice, or its input
    history = body.add("Identity", new[0])
    state_shape = (None, units)
    body.inputs = [Value(state_shape, dtype, name=name) for name in old]
    body.inputs += [Value((None, z.shape[2]), dtype, name=reads[0])]
    body.inputs += [Value((None,), np.dtype(bool), name=name) for name in reads[1:]]
    body.outputs = [Value(state_shape, dtype, name=name) for name in (*new, history)]
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


def _first_state(graph, value, batch, units, dtype):
    if value is not None:
        return graph.read(value, dtype)
    return graph.add("Expand", graph.constant(0, dtype), graph.shape((batch, units)))


def lstm_step(graph, op, z, states, kernel, units, dtype):
    """h and c after a step."""
    sums = graph.add("Add", z, graph.add("MatMul", states[0], kernel))
    return lstm_gates(graph, op, sums, states[1], units)


def lstm_gates(graph, op, sums, c, kernel_units):
    """i, f, g, o = split(sums);   c ← σ(f) · c + σ(i) · φ(g),   h = σ(o) · φ(c)."""
    i, f, g, o = graph.split(sums, [kernel_units] * 4, -1)
    i, f, o = (activation(graph, op.recurrent_activation, gate) for gate in (i, f, o))
    g = activation(graph, op.activation, g)
    c = graph.add("Add", graph.add("Mul", f, c), graph.add("Mul", i, g))
    return graph.add("Mul", o, activation(graph, op.activation, c)), c


def gru_step(graph, op, z, states, kernel, units, dtype, bias=None):
    """h after a step: see `GRULoop`."""
    (h,) = states
    z_u, z_r, z_n = graph.split(z, [units] * 3, -1)
    product = graph.add("MatMul", h, kernel)
    product = product if bias is None else graph.add("Add", product, graph.read(bias, dtype))
    h_u, h_r, h_n = graph.split(product, [units] * 3, -1)
    u = activation(graph, op.recurrent_activation, graph.add("Add", z_u, h_u))
    r = activation(graph, op.recurrent_activation, graph.add("Add", z_r, h_r))
    if op.reset_after:
        h_n = graph.add("Mul", r, h_n)
    else:
        end = np.iinfo(np.int64).max
        h_n = graph.add("MatMul", graph.add("Mul", r, h), graph.slice(kernel, 1, 2 * units, end))
        if bias is not None:
            h_n = graph.add("Add", h_n, graph.slice(graph.read(bias, dtype), 0, 2 * units, end))
    n = activation(graph, op.activation, graph.add("Add", z_n, h_n))
    kept = graph.add("Mul", u, graph.add("Sub", h, n))
    return [graph.add("Add", n, kept)]


def simple_rnn_step(graph, op, z, states, kernel, units, dtype):
    """h ← φ(z + h · U)."""
    sums = graph.add("Add", z, graph.add("MatMul", states[0], kernel))
    return [activation(graph, op.activation, sums)]
