"""Recurrences over all steps: ONNX's own LSTM, GRU and RNN where possible, else `Scan` with our own step.

ONNX's operators support neither masks nor our other activation functions.
"""

import numpy as np

from minikeras.autodiff.arithmetic import Add
from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.conversions import recurrent
from minikeras.exporting.conversions.recurrent import given_inputs
from minikeras.exporting.onnx.registry import converts
from minikeras.ops.recurrent.gru import GRULoop
from minikeras.ops.recurrent.lstm import LSTMLoop
from minikeras.ops.recurrent.simple_rnn import SimpleRNNLoop

NATIVE = {"tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu"}
LSTM_ORDER = 0, 3, 1, 2  # Keras's gates i, f, g, o as ONNX's i, o, f, g


@converts(LSTMLoop)
def lstm(graph, step, z, kernel, *optional):
    given = given_inputs(step, optional)
    if not _is_native(step, z, kernel, given, ("activation", "recurrent_activation")):
        return recurrent.lstm(graph, step, z, kernel, *optional)
    sigma, phi = NATIVE[step.op.recurrent_activation], NATIVE[step.op.activation]
    states = [given.get("h"), given.get("c")]
    return _native(graph, step, "LSTM", z, kernel, LSTM_ORDER, None, states, activations=[sigma, phi, phi])


@converts(GRULoop)
def gru(graph, step, z, kernel, *optional):
    given = given_inputs(step, optional)
    bias = given.get("bias")
    if not _is_native(step, z, kernel, given, ("activation", "recurrent_activation")) or not (
        bias is None or bias.is_constant
    ):
        return recurrent.gru(graph, step, z, kernel, *optional)
    activations = [NATIVE[step.op.recurrent_activation], NATIVE[step.op.activation]]
    settings = {"activations": activations, "linear_before_reset": int(step.op.reset_after)}
    return _native(graph, step, "GRU", z, kernel, range(3), bias, [given.get("h")], **settings)


@converts(SimpleRNNLoop)
def simple_rnn(graph, step, z, kernel, *optional):
    given = given_inputs(step, optional)
    if not _is_native(step, z, kernel, given, ("activation",)):
        return recurrent.simple_rnn(graph, step, z, kernel, *optional)
    activations = [NATIVE[step.op.activation]]
    return _native(graph, step, "RNN", z, kernel, range(1), None, [given.get("h")], activations=activations)


def _is_native(step, z, kernel, given, activations):
    names = [getattr(step.op, word) for word in activations]
    return (
        kernel.is_constant and "mask" not in given and all(name in NATIVE for name in names) and z.dtype == np.float32
    )


def _native(graph, step, operator, z, kernel, order, bias, states, **attributes):
    """ONNX's own recurrence, on x rather than z if z was computed as x · W + b.

    Returns:
        The states of all steps, and the last states.
    """
    units = kernel.shape[0]
    x, weights, input_bias = _product(z, units * len(order))
    x = graph.transpose(graph.read(x), [1, 0, 2])
    if step.op.reverse:
        x = graph.slice(x, 0, None, None, -1)

    def blocks(matrix):
        """(rows, gates · units) as (1, gates in ONNX's order · units, rows)."""
        parts = np.split(matrix.reshape(-1, units * len(order)), len(order), axis=1)
        return np.concatenate([parts[i] for i in order], axis=1).T[None]

    recurrent_bias = np.zeros(units * len(order), np.float32) if bias is None else bias.array
    biases = np.concatenate([blocks(b)[:, :, 0] for b in (input_bias, recurrent_bias)], axis=1)
    inputs = [x, *[graph.constant(array, np.float32) for array in (blocks(weights), blocks(kernel.array), biases)]]
    first = ["" if h is None else graph.unsqueeze(graph.read(h, np.float32), [0]) for h in states]
    names = [*inputs, "", *first]
    while names[-1] == "":
        names.pop()
    outputs = graph.add(operator, *names, outputs=1 + len(states), hidden_size=units, **attributes)
    history = graph.transpose(graph.squeeze(outputs[0], [1]), [1, 0, 2])
    return [history, *[graph.squeeze(h, [0]) for h in outputs[1:]]]


def _product(z, width):
    """(x, W, b) with z = x · W + b: from the ops that made z, otherwise z itself."""
    bias = np.zeros(width, np.float32)
    value = z
    if value.maker is not None and isinstance(value.maker[0].op, Add):
        product, added = value.maker[1]
        if added.is_constant and added.dtype is not None and added.array.shape == (width,):
            value, bias = product, added.array
    if value.maker is not None and isinstance(value.maker[0].op, Matmul):
        x, weights = value.maker[1]
        if weights.is_constant and weights.rank == 2 and x.rank == 3 and x.dtype == np.float32:
            return x, weights.array, bias
    return z, np.eye(width, dtype=np.float32), np.zeros(width, np.float32)
