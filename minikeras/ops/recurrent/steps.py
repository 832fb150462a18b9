"""Parts of the loops made of ops, for gradients of gradients."""

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
