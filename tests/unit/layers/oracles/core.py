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
    """Row `token` of the table for each token."""
    return np.array([embeddings[token] for token in tokens.ravel()]).reshape(*tokens.shape, -1)


def tanh_times(x, function):
    """What the function of the Lambda below computes."""
    return ACTIVATIONS["tanh"](x) * x


def _tanh_times(x):
    return ops.tanh(x) * x


def einsum_dense(x, kernel, bias=0.0, equation=None, output_shape=None, bias_axes=None, activation=None):
    """For every place of input and kernel whose letters agree, their product is added to the output's place."""
    letters, (kernel_letters, output_letters) = equation.split(",")[0], equation.split(",")[1].split("->")
    lengths = {**dict(zip(letters, x.shape, strict=True)), **dict(zip(kernel_letters, kernel.shape, strict=True))}
    y = np.zeros([lengths[letter] for letter in output_letters])
    for place in np.ndindex(*lengths.values()):
        at = dict(zip(lengths, place, strict=True))
        source, factor, target = (tuple(at[n] for n in word) for word in (letters, kernel_letters, output_letters))
        y[target] += x[source] * kernel[factor]
    return ACTIVATIONS[activation](y + bias)


def reversible_embedding(x, embeddings, reverse_embeddings=None, tie_weights=True, logit_soft_cap=None, reverse=False):
    """Rows of a table; or the product of each vector with each row, or with each column of another table."""
    if not reverse:
        return embedding(x, embeddings)
    table = embeddings if tie_weights else reverse_embeddings.T
    y = np.zeros((*x.shape[:-1], len(table)))
    for token, row in enumerate(table):
        y[..., token] = (x * row).sum(axis=-1)
    return y if logit_soft_cap is None else logit_soft_cap * ACTIVATIONS["tanh"](y / logit_soft_cap)


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
    Case("Identity", {}, ((2, 3),), lambda x: x),
    *[
        Case("EinsumDense", {"equation": equation, "output_shape": shape, "bias_axes": "d"}, ((2, 3, 4),), einsum_dense)
        for equation, shape in (("abc,cd->abd", (3, 5)), ("abc,bd->adc", (5, 4)))
    ],
    Case(
        "EinsumDense",
        {"equation": "abcd,cde->abe", "output_shape": (3, 3), "activation": "relu"},
        ((2, 3, 2, 2),),
        einsum_dense,
    ),
    Case("ReversibleEmbedding", {"input_dim": 6, "output_dim": 3}, (TOKENS,), reversible_embedding),
    Case(
        "ReversibleEmbedding",
        {"input_dim": 6, "output_dim": 3, "logit_soft_cap": 0.5},
        ((2, 4, 3),),
        reversible_embedding,
        {"reverse": True},
    ),
    Case("Masking", {}, ((2, 3, 4),), masking),
    Case("Lambda", {"function": _tanh_times}, ((2, 3),), tanh_times),
]
