"""Gated recurrent units over a whole sequence. (Cho et al., 2014)

    r, u: the reset and update gates,   u = σ(z_u + h · U_u)    r = σ(z_r + h · U_r)
    candidate, with reset_after:   n = φ(z_n + r · (h · U_n + b_n))
    without it:                    n = φ(z_n + (r · h) · U_n)
    h ← u · h + (1 − u) · n

z (batch, steps, 3 · units) is x · W + b with the columns of u, r, n in this order, U (units, 3 · units).
"""

import numpy as np

from minikeras.kernels.blas import matmul
from minikeras.kernels.recurrence.activations import ACTIVATIONS
from minikeras.kernels.recurrence.lstm import parts_of
from minikeras.kernels.recurrence.steps import (
    chosen,
    columns,
    in_order_of_time,
    keeps,
    recurrent_kernel_gradient,
    state_gradient,
    state_product,
    states_before,
    times,
)


def gru_reference(z, recurrent_kernel, bias, h, mask, dropout, reset_after, reverse, activation, recurrent_activation):
    """The states after each step, the gates, and the input or output of the candidate's product.

    Args:
        bias: (3 · units), added to h · U, or None.
        h: the first state (batch, units), or None for zeros.
        mask: (batch, steps) booleans, or None. Where it is False, the state is unchanged.
        dropout: (batch, 3, units), factors of the state for each gate's product; or None.

    Returns:
        h (batch, steps, units); gates (batch, steps, 3 · units): the activated u, r and n;
        inner (batch, steps, units): h · U_n + b_n with `reset_after`, otherwise r · h.
        Gates and inner are in the order of time, like z.
    """
    (phi, _), (sigma, _) = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    batch, steps, width = z.shape
    units = width // 3
    h = np.zeros((batch, units), z.dtype) if h is None else h
    all_h, gates = np.empty((batch, steps, units), z.dtype), np.empty_like(z)
    inner = np.empty_like(all_h)
    before_reset, after_reset = _kernels(recurrent_kernel, units, reset_after)
    own_dropout = None if dropout is None else dropout[:, : before_reset.shape[1] // units]
    bias = np.zeros(width, z.dtype) if bias is None else bias
    for step, time in enumerate(times(steps, reverse)):
        z_u, z_r, z_n = parts_of(z[:, time], units)
        sums = state_product(h, before_reset, own_dropout) + bias[: before_reset.shape[1]]
        u, r = sigma(z_u + sums[:, :units]), sigma(z_r + sums[:, units : 2 * units])
        if reset_after:
            inner[:, time] = sums[:, 2 * units :]
            n = phi(z_n + r * inner[:, time])
        else:
            inner[:, time] = r * h if dropout is None else r * h * dropout[:, 2]
            n = phi(z_n + matmul(inner[:, time], after_reset) + bias[2 * units :])
        h = chosen(keeps(mask, time), u * h + (1 - u) * n, h)
        all_h[:, step] = h
        gates[:, time] = np.concatenate([u, r, n], axis=1)
    return all_h, gates, inner


def gru_gradient_reference(
    dh_of_steps,
    dh,
    recurrent_kernel,
    first_h,
    mask,
    dropout,
    h,
    gates,
    inner,
    reset_after,
    reverse,
    activation,
    recurrent_activation,
):
    """The gradients of z, U, the bias of h · U, and the first state.

    Args:
        dh_of_steps: gradient of h after each step (batch, steps, units), or None.
        dh: gradient of the state after the last step, or None.
        first_h: as in `gru_reference`.
        h, gates, inner: its results.
    """
    (_, phi_slope), (_, sigma_slope) = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    batch, steps, units = h.shape
    dh = np.zeros((batch, units), h.dtype) if dh is None else dh
    before = in_order_of_time(states_before(h, first_h), reverse)
    dz, dsums = np.empty_like(gates), np.empty_like(gates)  # of z, and of h · U + bias
    before_reset, after_reset = _kernels(recurrent_kernel, units, reset_after)
    width = before_reset.shape[1]
    own_dropout = None if dropout is None else dropout[:, : width // units]
    zero = h.dtype.type(0)
    for step, time in reversed(list(enumerate(times(steps, reverse)))):
        dh = dh if dh_of_steps is None else dh + dh_of_steps[:, step]
        (u, r, n), h_before, keep = parts_of(gates[:, time], units), before[:, time], keeps(mask, time)
        dn = chosen(keep, dh * (1 - u) * phi_slope(n), zero)
        du = chosen(keep, dh * (h_before - n) * sigma_slope(u), zero)
        if reset_after:
            dr, dinner, through = dn * inner[:, time] * sigma_slope(r), dn * r, 0
        else:
            dproduct = matmul(dn, after_reset.T) * (1 if dropout is None else dropout[:, 2])
            dr, dinner, through = dproduct * h_before * sigma_slope(r), dn, dproduct * r
        dz[:, time] = np.concatenate([du, dr, dn], axis=1)
        dsums[:, time] = np.concatenate([du, dr, dinner], axis=1)
        through = through + state_gradient(dsums[:, time, :width], before_reset, own_dropout)
        dh = chosen(keep, dh * u + through, dh)
    dkernel = recurrent_kernel_gradient(before, np.ascontiguousarray(dsums[:, :, :width]), own_dropout)
    if not reset_after:
        of_candidate = recurrent_kernel_gradient(inner, np.ascontiguousarray(dsums[:, :, width:]), None)
        dkernel = np.concatenate([dkernel, of_candidate], axis=1)
    return dz, dkernel, dsums.sum(axis=(0, 1)), dh


def _kernels(recurrent_kernel, units, reset_after):
    """U's columns for the products before and after the reset gate."""
    if reset_after:
        return recurrent_kernel, None
    return np.ascontiguousarray(recurrent_kernel[:, : 2 * units]), columns(recurrent_kernel, 2, units)
