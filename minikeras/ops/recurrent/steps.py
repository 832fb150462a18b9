"""The steps of recurrent layers made of ops: of cells, and of the loops for gradients of gradients."""

from minikeras.ops.activation import hard_sigmoid, relu
from minikeras.ops.core import cast
from minikeras.ops.creation import zeros
from minikeras.ops.indexing import where
from minikeras.ops.joining import concatenate, split, stack
from minikeras.ops.products import matmul
from minikeras.ops.shaping import expand_dims
from minikeras.ops.smooth_activation import sigmoid
from minikeras.ops.trigonometric import tanh

FUNCTIONS = {"tanh": tanh, "sigmoid": sigmoid, "relu": relu, "hard_sigmoid": hard_sigmoid, "linear": lambda x: x}
"""The ops of the activation functions that fused loops support, `kernels/recurrence/activations.py`."""


def lstm_step(sums, c, phi, sigma, axis=-1):
    """(h, c) from the sums, which have the four gates i, f, g, o along an axis, and the previous c."""
    i, f, g, o = split(sums, 4, axis=axis)
    c = sigma(f) * c + sigma(i) * phi(g)
    return sigma(o) * phi(c), c


def gru_step(z, sums, h, phi, sigma, candidate=None):
    """The new h from z = x · W + b, h · U + b' and h, the gates u, r, n along the last axis.

    `candidate` of r is what is added to z_n in place of r times the sums.
    """
    z_u, z_r, z_n = split(z, 3, axis=-1)
    h_u, h_r, h_n = split(sums, 3, axis=-1)
    u, r = sigma(z_u + h_u), sigma(z_r + h_r)
    n = phi(z_n + (r * h_n if candidate is None else candidate(r)))
    return u * h + (1 - u) * n


def carried(step, z, states, mask, reverse):
    """`states = step(z[:, t], states)` for all times; where the mask is False, they stay.

    Args:
        states: list of Tensors, None for zeros (batch, units).

    Returns:
        (the first state after each step, stacked on axis 1; the last states).
    """
    history = []
    for time in range(z.shape[1])[:: -1 if reverse else 1]:
        new = step(z[:, time], states)
        if mask is not None:
            keep = expand_dims(cast(mask[:, time], "bool"), -1)
            new = [where(keep, a, b) for a, b in zip(new, states, strict=True)]
        states = new
        history.append(states[0])
    return stack(history, axis=1), states


def zero_state(z, units):
    """Zeros (batch, units)."""
    return zeros((z.shape[0], units), dtype=z.dtype)


def state_product(h, recurrent_kernel, dropout, gates):
    """h · U, each gate with its own factors of h if given."""
    if dropout is None:
        return matmul(h, recurrent_kernel)
    parts = split(recurrent_kernel, gates, axis=1)
    return concatenate([matmul(h * dropout[:, g], part) for g, part in enumerate(parts)], axis=1)
