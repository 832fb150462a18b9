"""The activation functions that fused recurrences support, each with its derivative in terms of its value."""

import numpy as np

from minikeras.kernels.activation import sigmoid_reference

ACTIVATIONS = {
    "tanh": (np.tanh, lambda y: 1 - y * y),
    "sigmoid": (sigmoid_reference, lambda y: y * (1 - y)),
    "relu": (lambda x: np.maximum(x, 0), lambda y: (y > 0).astype(y.dtype)),
    "hard_sigmoid": (
        lambda x: np.minimum(np.maximum(x + 3, 0), 6) * x.dtype.type(1 / 6),
        lambda y: ((y > 0) & (y < 1)) * y.dtype.type(1 / 6),
    ),
    "linear": (lambda x: x, np.ones_like),
}
"""name → (function, its derivative at x as a function of y = f(x))"""
