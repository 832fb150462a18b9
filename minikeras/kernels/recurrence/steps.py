"""Parts shared by the references of all recurrences: the order of the steps, masks, dropout of the state."""

import numpy as np

from minikeras.kernels.blas import matmul


def times(steps, reverse):
    """The time index of the input of each step."""
    return range(steps - 1, -1, -1) if reverse else range(steps)


def keeps(mask, time):
    """(batch, 1) booleans: the samples unmasked at a time. None for all."""
    return None if mask is None else mask[:, time, None]


def chosen(keep, new, old):
    """`new` where a sample is unmasked, else `old`."""
    return new if keep is None else np.where(keep, new, old)


def state_product(h, recurrent_kernel, dropout):
    """h · U; with `dropout` (batch, gates, units), each gate's columns use the state times its own factors."""
    if dropout is None:
        return matmul(h, recurrent_kernel)
    units = h.shape[1]
    parts = [matmul(h * dropout[:, g], columns(recurrent_kernel, g, units)) for g in range(dropout.shape[1])]
    return np.concatenate(parts, axis=1)


def state_gradient(dz, recurrent_kernel, dropout):
    """dh of `state_product`: dz · Uᵀ."""
    if dropout is None:
        return matmul(dz, recurrent_kernel.T)
    units = recurrent_kernel.shape[0]
    parts = [
        matmul(columns(dz, g, units), columns(recurrent_kernel, g, units).T) * dropout[:, g]
        for g in range(dropout.shape[1])
    ]
    return sum(parts)


def columns(matrix, gate, units):
    """One gate's columns, contiguous."""
    return np.ascontiguousarray(matrix[:, gate * units : (gate + 1) * units])


def states_before(h, first):
    """The states at the start of each step: `first` (zeros if None), then all but the last of h (batch, steps, …)."""
    first = np.zeros_like(h[:, 0]) if first is None else first
    return np.concatenate([first[:, None], h[:, :-1]], axis=1)


def recurrent_kernel_gradient(before, dz, dropout):
    """dU of all steps in one product: Σ before[b, k]ᵀ · dz[b, k]."""
    rows = before.reshape(-1, before.shape[-1])
    dz = dz.reshape(-1, dz.shape[-1])
    if dropout is None:
        return matmul(rows.T, dz)
    units = before.shape[-1]
    dropped = [(before * dropout[:, None, g]).reshape(rows.shape) for g in range(dropout.shape[1])]
    return np.concatenate([matmul(x.T, columns(dz, g, units)) for g, x in enumerate(dropped)], axis=1)


def in_order_of_time(steps, reverse):
    """An array in step order (batch, steps, …), rearranged to time order."""
    return np.ascontiguousarray(steps[:, ::-1]) if reverse else steps
