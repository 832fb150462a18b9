"""Long short-term memory over a whole sequence. (Hochreiter & Schmidhuber, 1997; forget gates by Gers et al., 2000)

    i, f, g, o = split(z[t] + h · U)
    c ← σ(f) · c + σ(i) · φ(g)        h ← σ(o) · φ(c)

z (batch, steps, 4 · units) is x · W + b, U (units, 4 · units); φ is `activation`, σ `recurrent_activation`.
"""

import numpy as np

from minikeras.kernels.recurrence.activations import ACTIVATIONS
from minikeras.kernels.recurrence.steps import (
    chosen,
    in_order_of_time,
    keeps,
    recurrent_kernel_gradient,
    state_gradient,
    state_product,
    states_before,
    times,
)


def lstm_reference(z, recurrent_kernel, h, c, mask, dropout, reverse, activation, recurrent_activation):
    """The states after each step, and the gates.

    Args:
        h, c: the first states (batch, units), or None for zeros.
        mask: (batch, steps) booleans, or None. Where it is False, the states are unchanged.
        dropout: (batch, 4, units), factors of the state for each gate's product; or None.

    Returns:
        h, c (batch, steps, units); gates (batch, steps, 4 · units): the activated i, f, g and o, in the order of time,
        like z.
    """
    batch, steps, width = z.shape
    units = width // 4
    h = np.zeros((batch, units), z.dtype) if h is None else h
    c = np.zeros((batch, units), z.dtype) if c is None else c
    all_h, all_c = np.empty((batch, steps, units), z.dtype), np.empty((batch, steps, units), z.dtype)
    gates = np.empty_like(z)
    for step, time in enumerate(times(steps, reverse)):
        sums = z[:, time] + state_product(h, recurrent_kernel, dropout)
        new_h, new_c, gates[:, time] = lstm_gates(sums, c, activation, recurrent_activation)
        keep = keeps(mask, time)
        h, c = chosen(keep, new_h, h), chosen(keep, new_c, c)
        all_h[:, step], all_c[:, step] = h, c
    return all_h, all_c, gates


def lstm_gradient_reference(
    dh_of_steps,
    dh,
    dc,
    recurrent_kernel,
    first_h,
    first_c,
    mask,
    dropout,
    h,
    c,
    gates,
    reverse,
    activation,
    recurrent_activation,
):
    """The gradients of z, of U and of the first states.

    Args:
        dh_of_steps: gradient of h after each step (batch, steps, units), or None.
        dh, dc: gradients of the states after the last step, or None.
        first_h, first_c: as in `lstm_reference`.
        h, c, gates: its results.
    """
    batch, steps, units = h.shape
    dh = np.zeros((batch, units), h.dtype) if dh is None else dh
    dc = np.zeros((batch, units), h.dtype) if dc is None else dc
    dz, c_before = np.empty_like(gates), states_before(c, first_c)
    for step, time in reversed(list(enumerate(times(steps, reverse)))):
        dh = dh if dh_of_steps is None else dh + dh_of_steps[:, step]
        keep, values = keeps(mask, time), (c_before[:, step], c[:, step], gates[:, time])
        of_gates, new_dc = lstm_gates_gradient(dh, dc, *values, activation, recurrent_activation)
        step_dz = chosen(keep, of_gates, h.dtype.type(0))
        dz[:, time] = step_dz
        dc = chosen(keep, new_dc, dc)
        dh = chosen(keep, state_gradient(step_dz, recurrent_kernel, dropout), dh)
    before = in_order_of_time(states_before(h, first_h), reverse)
    return dz, recurrent_kernel_gradient(before, dz, dropout), dh, dc


def lstm_gates(sums, c, activation, recurrent_activation):
    """(h, c, the activated gates) of one step, from the sums (…, 4 · units) and the previous c (…, units)."""
    (phi, _), (sigma, _) = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    i, f, g, o = parts_of(sums, c.shape[-1])
    i, f, g, o = sigma(i), sigma(f), phi(g), sigma(o)
    c = f * c + i * g
    return o * phi(c), c, np.concatenate([i, f, g, o], axis=-1)


def lstm_gates_gradient(dh, dc, c_before, c, gates, activation, recurrent_activation):
    """(dsums, the gradient of the previous c) of one step."""
    (phi, phi_slope), (_, sigma_slope) = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    i, f, g, o = parts_of(gates, c.shape[-1])
    value = phi(c)
    dc = dc + dh * o * phi_slope(value)
    parts = [
        dc * g * sigma_slope(i),
        dc * c_before * sigma_slope(f),
        dc * i * phi_slope(g),
        dh * value * sigma_slope(o),
    ]
    return np.concatenate(parts, axis=-1), dc * f


def parts_of(z, units):
    """Views of the gates' columns."""
    return [z[..., start : start + units] for start in range(0, z.shape[-1], units)]
