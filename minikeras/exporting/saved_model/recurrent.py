"""Recurrences over all steps: a loop whose body computes one step."""

from functools import partial

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.saved_model.elementwise import limited
from minikeras.exporting.saved_model.graph import INT32
from minikeras.exporting.saved_model.registry import converts
from minikeras.ops.recurrent.gates import LSTMGates
from minikeras.ops.recurrent.gru import GRULoop
from minikeras.ops.recurrent.lstm import LSTMLoop
from minikeras.ops.recurrent.simple_rnn import SimpleRNNLoop

OPERATORS = {"tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu", "linear": "Identity"}


def activation(graph, name, x):
    """One of the functions that recurrent layers have (`kernels/recurrence/activations.py`)."""
    if name == "hard_sigmoid":
        return limited(graph, graph.add("AddV2", graph.multiply(x, 1 / 6), graph.number(0.5, x)), 0, 1)
    return graph.add(OPERATORS[name], x)


def scan(graph, step, z, given, names, weights, compute):
    """All steps of a recurrence.

    Args:
        step: the recorded op.
        z: the inputs' part of each step (batch, steps, gates · units).
        given: {name: value} of first states and the mask.
        names: of the states.
        weights: names of what every step reads.
        compute: `(graph, z, states, *weights) -> new states` for one step, on names.

    Returns:
        Names of the first state after each step (batch, steps, units), and of the last states.
    """
    dtype, units, batch = z.dtype, step.outputs[0].shape[-1], z.shape[0]
    states = [_first_state(graph, given.get(name), (batch, units), dtype) for name in names]
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
        place = number
        if step.op.reverse:
            place = graph.add("Sub", graph.add("Sub", count, number), graph.constant(1, np.int32))
        now = [graph.add("GatherV2", sequence, place, graph.constant(0, np.int32)) for sequence in sequences]
        new = compute(graph, now[0], states, *weights)
        if len(now) > 1:
            new = [graph.add("SelectV2", now[1], a, b) for a, b in zip(new, states, strict=True)]
        history = graph.add("TensorListSetItem", history, number, new[0])
        return [graph.add("AddV2", number, graph.constant(1, np.int32)), count, history, *new, *sequences, *weights]

    values = [graph.constant(0, np.int32), count, history, *states, *sequences, *weights]
    results = graph.call_loop(lambda graph, number, count, *rest: graph.add("Less", number, count), body, values)
    kind = graph.kinds[states[0]]
    steps = graph.add("TensorListStack", results[2], item, element_dtype=kind)
    return [graph.transpose(steps, [1, 0, 2]), *results[3 : 3 + ends[0]]]


def _first_state(graph, value, shape, dtype):
    if value is not None:
        return graph.read(value, dtype)
    return graph.expanded(graph.constant(0, dtype), graph.shape(shape))


def _given(step, optional):
    """{name: value} of the optional inputs."""
    given = dict(zip(step.op.given, optional, strict=True))
    if "dropout" in given:
        raise Inexpressible("drops elements at random")
    return given


@converts(LSTMLoop)
def lstm(graph, step, z, kernel, *optional):
    given = _given(step, optional)

    def one_step(graph, z, states, kernel):
        h, c = states
        return lstm_gates(graph, step.op, graph.add("AddV2", z, graph.add("MatMul", h, kernel)), c)

    return scan(graph, step, z, given, ("h", "c"), [graph.read(kernel, z.dtype)], one_step)


def lstm_gates(graph, op, sums, c):
    """i, f, g, o = split(sums);   c ← σ(f) · c + σ(i) · φ(g),   h = σ(o) · φ(c)."""
    i, f, g, o = _quarters(graph, sums, 4)
    i, f, o = (activation(graph, op.recurrent_activation, gate) for gate in (i, f, o))
    g = activation(graph, op.activation, g)
    c = graph.add("AddV2", graph.add("Mul", f, c), graph.add("Mul", i, g))
    return [graph.add("Mul", o, activation(graph, op.activation, c)), c]


def _quarters(graph, x, count):
    return graph.add("Split", graph.constant(-1, np.int32), x, num_split=count)


@converts(LSTMGates)
def gates(graph, step, sums, c):
    return lstm_gates(graph, step.op, graph.read(sums), graph.read(c))


@converts(GRULoop)
def gru(graph, step, z, kernel, *optional):
    given = _given(step, optional)
    bias = given.pop("bias", None)
    weights = [graph.read(kernel, z.dtype), *([] if bias is None else [graph.read(bias, z.dtype)])]
    return scan(graph, step, z, given, ("h",), weights, partial(gru_step, step.op, kernel.shape[0]))


def gru_step(op, units, graph, z, states, kernel, bias=None):
    """h after a step: see `GRULoop`."""
    (h,) = states
    z_u, z_r, z_n = _quarters(graph, z, 3)
    product = graph.add("MatMul", h, kernel)
    product = product if bias is None else graph.add("AddV2", product, bias)
    h_u, h_r, h_n = _quarters(graph, product, 3)
    u = activation(graph, op.recurrent_activation, graph.add("AddV2", z_u, h_u))
    r = activation(graph, op.recurrent_activation, graph.add("AddV2", z_r, h_r))
    if op.reset_after:
        h_n = graph.add("Mul", r, h_n)
    else:
        h_n = graph.add("MatMul", graph.add("Mul", r, h), graph.slice(kernel, 1, 2 * units, None))
        if bias is not None:
            h_n = graph.add("AddV2", h_n, graph.slice(bias, 0, 2 * units, None))
    n = activation(graph, op.activation, graph.add("AddV2", z_n, h_n))
    return [graph.add("AddV2", n, graph.add("Mul", u, graph.add("Sub", h, n)))]


@converts(SimpleRNNLoop)
def simple_rnn(graph, step, z, kernel, *optional):
    """h ← φ(z + h · U)."""

    def one_step(graph, z, states, kernel):
        sums = graph.add("AddV2", z, graph.add("MatMul", states[0], kernel))
        return [activation(graph, step.op.activation, sums)]

    return scan(graph, step, z, _given(step, optional), ("h",), [graph.read(kernel, z.dtype)], one_step)
