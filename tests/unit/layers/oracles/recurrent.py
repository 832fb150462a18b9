"""Layers over sequences, one sample and one step after the other."""

from functools import partial

import numpy as np

from minikeras import layers
from tests.unit.layers.oracles.activations import ACTIVATIONS
from tests.unit.layers.oracles.case import Case
from tests.unit.layers.oracles.core import dense
from tests.unit.layers.oracles.ranks import conv as convolution

sigmoid, tanh = ACTIVATIONS["sigmoid"], ACTIVATIONS["tanh"]
# Padding at the end, at the beginning, and nothing that counts.
MASK = np.array([[1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], bool)


def lstm_step(x, states, kernel, recurrent_kernel, bias=0.0, activation="tanh", recurrent_activation="sigmoid"):
    """The gates i, f, g, o of one sample, and what they make of its states."""
    h, c = states
    i, f, g, o = np.split(x @ kernel + h @ recurrent_kernel + bias, 4)
    phi, sigma = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    c = sigma(f) * c + sigma(i) * phi(g)
    h = sigma(o) * phi(c)
    return h, [h, c]


def gru_step(x, states, kernel, recurrent_kernel, bias=0.0, reset_after=True):
    """The gates u and r of one sample, the candidate, and the new state between it and the old."""
    (h,) = states
    inner, outer = (
        (bias[0], bias[1]) if np.ndim(bias) == 2 else (bias + np.zeros(kernel.shape[1]), np.zeros(3 * len(h)))
    )
    x_u, x_r, x_n = np.split(x @ kernel + inner, 3)
    k_u, k_r, k_n = np.split(recurrent_kernel, 3, axis=1)
    b_u, b_r, b_n = np.split(outer, 3)
    u, r = sigmoid(x_u + h @ k_u + b_u), sigmoid(x_r + h @ k_r + b_r)
    n = tanh(x_n + (r * (h @ k_n + b_n) if reset_after else (r * h) @ k_n))
    h = u * h + (1 - u) * n
    return h, [h]


def simple_step(x, states, kernel, recurrent_kernel, bias=0.0):
    """tanh(x · W + b + h · U)."""
    h = tanh(x @ kernel + bias + states[0] @ recurrent_kernel)
    return h, [h]


def run(step, x, first, mask=None, go_backwards=False, return_sequences=False, zero_output_for_mask=False, **weights):
    """The outputs of all samples; `first` lists the states with which each begins."""
    samples = []
    for sample, states in zip(x, zip(*first, strict=True), strict=True):
        states, outputs = list(states), []
        number = len(samples)
        for time in range(len(sample))[:: -1 if go_backwards else 1]:
            if mask is None or mask[number, time]:
                output, states = step(sample[time], states, **weights)
            else:
                output = 0 * states[0] if zero_output_for_mask or not outputs else outputs[-1]
            outputs.append(output)
        samples.append(outputs if return_sequences else outputs[-1])
    return np.array(samples)


def layer_of(step, states, x, *first, recurrent_kernel, **arguments):
    """A layer of which `step` is one step, beginning with zeros unless states are given."""
    units = recurrent_kernel.shape[-2]
    first = first or [np.zeros((len(x), units))] * states
    return run(step, x, first, recurrent_kernel=recurrent_kernel, **arguments)


lstm = partial(layer_of, lstm_step, 2)
gru = partial(layer_of, gru_step, 1)
simple_rnn = partial(layer_of, simple_step, 1)


def cell_of(step, x, *states, **weights):
    """One step of each sample."""
    rows = zip(x, zip(*states, strict=True), strict=True)
    return np.array([step(sample, list(own), **weights)[0] for sample, own in rows])


def two_cells(x, h, c, other, kernel, recurrent_kernel, bias, kernel_1, recurrent_kernel_1, bias_1):
    """An LSTM's step, and a GRU's on its output."""
    between = cell_of(lstm_step, x, h, c, kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias)
    return cell_of(gru_step, between, other, kernel=kernel_1, recurrent_kernel=recurrent_kernel_1, bias=bias_1)


def both_directions(x, kernel, recurrent_kernel, bias, kernel_1, recurrent_kernel_1, bias_1, merge_mode):
    """A GRU that begins with the first time, and one that begins with the last; the latter's outputs turned round."""
    y = gru(x, kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias, return_sequences=True)
    weights = {"kernel": kernel_1, "recurrent_kernel": recurrent_kernel_1, "bias": bias_1}
    back = gru(x, go_backwards=True, return_sequences=True, **weights)[:, ::-1]
    return {"concat": np.concatenate([y, back], axis=-1), "mul": y * back, "ave": (y + back) / 2}[merge_mode]


def at_each_time(definition, x, **weights):
    """What a layer gives for each time."""
    return np.stack([definition(x[:, time], **weights) for time in range(x.shape[1])], axis=1)


def conv_lstm(x, kernel, recurrent_kernel, bias=0.0, padding="valid", strides=1, return_sequences=False):
    """An LSTM whose products are convolutions."""
    h = c = None
    outputs = []
    for time in range(x.shape[1]):
        sums = convolution(x[:, time], kernel, padding=padding, strides=strides) + bias
        if h is None:
            h = c = np.zeros((*sums.shape[:-1], sums.shape[-1] // 4))
        sums = sums + convolution(h, recurrent_kernel, padding="same")
        i, f, g, o = np.split(sums, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        outputs.append(h)
    return np.stack(outputs, axis=1) if return_sequences else h


# How layers are called with more than one tensor.


def with_states(layer, x, *states):
    return layer(x, initial_state=list(states))


def with_mask_and_states(layer, x, *states):
    return layer(x, initial_state=list(states), mask=MASK)


def with_mask(layer, x):
    return layer(x, mask=MASK)


def one_step(layer, x, *states):
    return layer(x, list(states))[0]


def one_step_of_two(layer, x, h, c, other):
    return layer(x, [[h, c], [other]])[0]


def masked(definition):
    return partial(definition, mask=MASK)


def gru_cell(dtype):
    return layers.GRUCell(2, dtype=dtype)


def whole_gru(dtype):
    return layers.GRU(2, return_sequences=True, dtype=dtype)


def dense_inside(dtype):
    return layers.Dense(2, dtype=dtype)


X, STATE = (3, 4, 3), (3, 2)
ALL = {"units": 2, "return_sequences": True}

CASES = [
    Case("LSTM", {"units": 2}, (X,), lstm),
    Case("LSTM", {**ALL, "go_backwards": True}, (X, STATE, STATE), masked(lstm), call_by=with_mask_and_states),
    Case("LSTM", {"units": 2, "zero_output_for_mask": True}, (X,), masked(lstm), call_by=with_mask),
    Case("LSTM", {**ALL, "activation": "softsign", "use_bias": False}, (X,), lstm),
    Case("LSTM", {"units": 2, "recurrent_activation": "tanh"}, (X, STATE, STATE), lstm, call_by=with_states),
    Case("GRU", {"units": 2, "go_backwards": True}, (X, STATE), masked(gru), call_by=with_mask_and_states),
    Case("GRU", {**ALL, "reset_after": False}, (X,), masked(gru), call_by=with_mask),
    Case("GRU", {**ALL, "use_bias": False}, (X,), gru),
    Case("SimpleRNN", ALL, (X, STATE), masked(simple_rnn), call_by=with_mask_and_states),
    Case("SimpleRNN", {"units": 2}, (X,), simple_rnn),
    Case("RNN", {"return_sequences": True}, (X,), masked(gru), inner={"cell": gru_cell}, call_by=with_mask),
    Case("LSTMCell", {"units": 2}, ((3, 3), STATE, STATE), partial(cell_of, lstm_step), call_by=one_step),
    Case("GRUCell", {"units": 2, "reset_after": False}, ((3, 3), STATE), partial(cell_of, gru_step), call_by=one_step),
    Case("SimpleRNNCell", {"units": 2}, ((3, 3), STATE), partial(cell_of, simple_step), call_by=one_step),
    Case(
        "StackedRNNCells",
        {},
        ((3, 3), STATE, STATE, STATE),
        two_cells,
        inner={"cells": lambda dtype: [layers.LSTMCell(2, dtype=dtype), layers.GRUCell(2, dtype=dtype)]},
        call_by=one_step_of_two,
    ),
    Case("Bidirectional", {"merge_mode": "concat"}, (X,), both_directions, inner={"layer": whole_gru}),
    Case("Bidirectional", {"merge_mode": "mul"}, (X,), both_directions, inner={"layer": whole_gru}),
    Case("TimeDistributed", {}, (X,), partial(at_each_time, dense), inner={"layer": dense_inside}),
    Case("ConvLSTM1D", {"filters": 2, "kernel_size": 2, "padding": "same"}, ((2, 3, 4, 2),), conv_lstm),
    Case("ConvLSTM2D", {"filters": 1, "kernel_size": 2, "return_sequences": True}, ((2, 2, 3, 4, 2),), conv_lstm),
    Case("ConvLSTM3D", {"filters": 1, "kernel_size": 2, "strides": 2}, ((2, 2, 3, 3, 4, 1),), conv_lstm),
]
