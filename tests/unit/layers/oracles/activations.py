"""Activations by their formulas, and the layers that apply them."""

import math

import numpy as np

from tests.unit.layers.oracles.case import Case

erf = np.vectorize(math.erf, otypes=[float])


def softmax(x, axis=-1):
    """e^x over its sum."""
    powers = np.exp(x)
    return powers / powers.sum(axis=axis, keepdims=True)


ACTIVATIONS = {
    None: lambda x: x,
    "linear": lambda x: x,
    "relu": lambda x: np.where(x > 0, x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
    "gelu": lambda x: x * (1 + erf(x / math.sqrt(2))) / 2,
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "swish": lambda x: x / (1 + np.exp(-x)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "softmax": softmax,
}


def softmax_of_kept(x, kept, axis=-1):
    """Of the elements that the mask keeps; 0 for the others."""
    powers = np.exp(x) * kept
    return powers / powers.sum(axis=axis, keepdims=True)


def with_mask(layer, x, mask, **call):
    return layer(x, mask=mask, **call)


KEPT = np.array([[1, 0, 1, 1, 0], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1]]) > 0


def activation(x, activation):
    """A function by its name."""
    return ACTIVATIONS[activation](x)


def relu(x, max_value=None, negative_slope=0.0, threshold=0.0):
    """x from the threshold on, but at most max_value; below it negative_slope · (x − threshold)."""
    y = np.where(x >= threshold, x, negative_slope * (x - threshold))
    return y if max_value is None else np.where((x >= threshold) & (x > max_value), max_value, y)


def leaky_relu(x, negative_slope=0.3):
    """x above 0, negative_slope · x below."""
    return np.where(x > 0, x, negative_slope * x)


def elu(x, alpha=1.0):
    """x above 0, alpha · (e^x − 1) below."""
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))


def prelu(x, alpha, shared_axes=None):
    """x above 0, alpha · x below, with an alpha for each place."""
    return np.where(x > 0, x, alpha * x)


CASES = [
    *[Case("Activation", {"activation": name}, ((3, 5),), activation) for name in ACTIVATIONS if name],
    Case("ReLU", {}, ((3, 5),), relu),
    Case("ReLU", {"max_value": 0.7, "negative_slope": 0.1, "threshold": 0.2}, ((4, 20),), relu),
    Case("LeakyReLU", {}, ((3, 5),), leaky_relu),
    Case("LeakyReLU", {"negative_slope": 0.05}, ((3, 5),), leaky_relu),
    Case("Softmax", {}, ((3, 5),), softmax),
    Case("Softmax", {}, ((3, 5), KEPT), softmax_of_kept, call_by=with_mask),
    Case("ELU", {}, ((3, 5),), elu),
    Case("ELU", {"alpha": 0.3}, ((3, 5),), elu),
    Case("PReLU", {}, ((3, 5),), prelu),
    Case("PReLU", {"shared_axes": [1, 2]}, ((2, 3, 4, 5),), prelu),
    Case("PReLU", {"shared_axes": 2}, ((2, 3, 4),), prelu),
    Case("Softmax", {"axis": 1}, ((3, 5, 2),), softmax),
    Case("Softmax", {"axis": (1, 2)}, ((3, 5, 2),), softmax),
]
