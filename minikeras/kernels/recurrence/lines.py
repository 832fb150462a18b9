"""The formulas of the steps applied to one sample, by addresses; in NumPy here, in vector code when compiled.

An address points to consecutive rows of `count` float32 values: one row for a state, three or four for gates.
"""

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.recurrence import formulas
from minikeras.kernels.registry import native


def _apply(formula, count, inputs, outputs):
    """outputs = formula(inputs); both are pairs (address, number of rows)."""
    lines = [line.copy() for place, parts in inputs for line in view(place, (parts, count), (count, 1))]
    with np.errstate(all="ignore"):
        results = iter(formula(*lines))
    for place, parts in outputs:
        for line in view(place, (parts, count), (count, 1)):
            line[...] = next(results)


@native("minikeras.kernels.machine.recurrence:lstm_line")
def lstm_line(count, sums, c_before, gates, c, h):
    """gates, c and h of a step from the sums of four gates."""
    _apply(formulas.lstm, count, ((sums, 4), (c_before, 1)), ((gates, 4), (c, 1), (h, 1)))


@native("minikeras.kernels.machine.recurrence:lstm_gradient_line")
def lstm_gradient_line(count, gates, c_before, c, dh, dc, dz, dc_before):
    """dz of four gates and the gradient of the previous c."""
    inputs = (gates, 4), (c_before, 1), (c, 1), (dh, 1), (dc, 1)
    _apply(formulas.lstm_gradient, count, inputs, ((dz, 4), (dc_before, 1)))


@native("minikeras.kernels.machine.recurrence:gru_line")
def gru_line(count, z, sums, h_before, gates, inner, h):
    """gates, h · U_n + b_n and h of a step from the parts of the input and of the state in three sums."""
    _apply(formulas.gru, count, ((z, 3), (sums, 3), (h_before, 1)), ((gates, 3), (inner, 1), (h, 1)))


@native("minikeras.kernels.machine.recurrence:gru_gradient_line")
def gru_gradient_line(count, gates, inner, h_before, dh, dz, dsums, passed):
    """dz, the gradients of the sums with the state, and the direct path from dh to the previous state by u."""
    inputs = (gates, 3), (inner, 1), (h_before, 1), (dh, 1)
    _apply(formulas.gru_gradient, count, inputs, ((dz, 3), (dsums, 3), (passed, 1)))


@native("minikeras.kernels.machine.recurrence:tanh_line")
def tanh_line(count, sums, h):
    """h = tanh(sums)."""
    _apply(formulas.tanh_of, count, ((sums, 1),), ((h, 1),))


@native("minikeras.kernels.machine.recurrence:tanh_gradient_line")
def tanh_gradient_line(count, h, dh, dz):
    """dz = dh · (1 − h²)."""
    _apply(formulas.tanh_gradient, count, ((h, 1), (dh, 1)), ((dz, 1),))


@native("minikeras.kernels.machine.recurrence:relu_line")
def relu_line(count, sums, h):
    """h = max(sums, 0)."""
    _apply(formulas.relu_of, count, ((sums, 1),), ((h, 1),))


@native("minikeras.kernels.machine.recurrence:relu_gradient_line")
def relu_gradient_line(count, h, dh, dz):
    """dz = dh where h > 0."""
    _apply(formulas.relu_gradient, count, ((h, 1), (dh, 1)), ((dz, 1),))
