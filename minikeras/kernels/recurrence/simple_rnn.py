"""The plain recurrence over a whole sequence: h ← φ(z[t] + h · U), with z = x · W + b. (Elman, 1990)"""

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


def simple_rnn_reference(z, recurrent_kernel, h, mask, dropout, reverse, activation):
    """The states after each step (batch, steps, units).

    Args:
        z: (batch, steps, units).
        h: the first state (batch, units), or None for zeros.
        mask: (batch, steps) booleans, or None. Where it is False, the state is unchanged.
        dropout: (batch, 1, units), factors of the state in the product; or None.
    """
    phi, _ = ACTIVATIONS[activation]
    h = np.zeros_like(z[:, 0]) if h is None else h
    all_h = np.empty_like(z)
    for step, time in enumerate(times(z.shape[1], reverse)):
        value = phi(z[:, time] + state_product(h, recurrent_kernel, dropout))
        h = all_h[:, step] = chosen(keeps(mask, time), value, h)
    return all_h


def simple_rnn_gradient_reference(dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, h, reverse, activation):
    """The gradients of z, U and the first state; arguments as in `lstm_gradient_reference`."""
    _, phi_slope = ACTIVATIONS[activation]
    dh = np.zeros_like(h[:, 0]) if dh is None else dh
    dz = np.empty_like(h)
    for step, time in reversed(list(enumerate(times(h.shape[1], reverse)))):
        dh = dh if dh_of_steps is None else dh + dh_of_steps[:, step]
        keep = keeps(mask, time)
        dz[:, time] = chosen(keep, dh * phi_slope(h[:, step]), h.dtype.type(0))
        dh = chosen(keep, state_gradient(dz[:, time], recurrent_kernel, dropout), dh)
    before = in_order_of_time(states_before(h, first_h), reverse)
    return dz, recurrent_kernel_gradient(before, dz, dropout), dh
