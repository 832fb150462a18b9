"""Activation functions: what a layer does with its result, element by element or along an axis.

They are the functions of `minikeras.ops`, where each stands beside its formula and gradient, and a few of their own.
"""

from minikeras.activations.functions import exponential, gelu, linear, mish, relu
from minikeras.activations.lookup import deserialize, get, serialize
from minikeras.ops.activation import (
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    relu6,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from minikeras.ops.smooth_activation import (
    celu,
    elu,
    glu,
    log_sigmoid,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    squareplus,
    swish,
    tanh_shrink,
)
from minikeras.ops.softmax import log_softmax, softmax, sparsemax
from minikeras.ops.trigonometric import tanh

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]
