"""Dense, Embedding and the layers that compute nothing of their own."""

import numpy as np

from minikeras import ops
from tests.unit.layers.oracles.activations import ACTIVATIONS
from tests.unit.layers.oracles.case import Case


def dense(x, kernel, bias=None, activation=None):
    """y[…, j] = activation(Σ_i x[…, i] · kernel[i, j] + bias[j])."""
    units = kernel.shape[1]
    y = np.zeros((*x.shape[:-1], units)) if bias is None else np.tile(bias, (*x.shape[:-1], 1))
    for i in range(x.shape[-1]):
        for j in range(units):
            y[..., j] += x[..., i] * kernel[i, j]
    return ACTIVATIONS[activation](y)


def embedding(tokens, embeddings, mask_zero=False):
    """Row number `token` of the table for each token."""
    return np.array([embeddings[token] for token in tokens.ravel()]).reshape(*tokens.shape, -1)


def tanh_times(x, function):
    """What the function of the Lambda below computes."""
    return ACTIVATIONS["tanh"](x) * x


def _tanh_times(x):
    return ops.tanh(x) * x


def masking(x, mask_value=0.0):
    """x, and 0 in the rows that hold nothing but the mask's value."""
    return np.array([row if np.any(row != mask_value) else 0 * row for row in x.reshape(-1, x.shape[-1])]).reshape(
        x.shape
    )


TOKENS = np.array([[1, 1, 2, 0], [2, 1, 3, 5]], "int32")

CASES = [
    Case("Dense", {"units": 5}, ((4, 3),), dense),
    Case("Dense", {"units": 5, "activation": "relu", "use_bias": False}, ((4, 6, 3),), dense),
    Case("Dense", {"units": 3, "activation": "softmax"}, ((4, 3),), dense),
    Case("Dense", {"units": 20, "activation": "tanh"}, ((2, 2, 3, 17),), dense),
    Case("Embedding", {"input_dim": 6, "output_dim": 3}, (TOKENS,), embedding),
    Case("Embedding", {"input_dim": 6, "output_dim": 3, "mask_zero": True}, (TOKENS,), embedding),
    Case("Masking", {}, ((2, 3, 4),), masking),
    Case("Lambda", {"function": _tanh_times}, ((2, 3),), tanh_times),
]
