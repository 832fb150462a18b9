"""Activation functions."""

from minikeras import ops
from minikeras.compat.keras.thresholded import concatenated_relu, scaled_silu
from minikeras.compat.tensorflow.conversion import floating, integers, number, tensor

__all__ = [
    "crelu",
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "relu",
    "relu6",
    "selu",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
]


def relu(features, name=None):
    """max(x, 0)."""
    return ops.relu(tensor(features))


def relu6(features, name=None):
    """min(max(x, 0), 6)."""
    return ops.relu6(tensor(features))


def leaky_relu(features, alpha=0.2, name=None):
    """x where x > 0, else alpha · x."""
    return ops.leaky_relu(floating(features), number(alpha))


def crelu(features, axis=-1, name=None):
    """relu(x) and relu(−x), joined along `axis`."""
    return concatenated_relu(tensor(features), integers(axis))


def elu(features, name=None):
    """x where x > 0, else eˣ − 1."""
    return ops.elu(floating(features))


def selu(features, name=None):
    """`elu` scaled so that deep networks keep mean 0 and variance 1."""
    return ops.selu(floating(features))


def gelu(features, approximate=False, name=None):
    """x · Φ(x), with the normal distribution Φ or its approximation by tanh."""
    return ops.gelu(floating(features), approximate)


def silu(features, beta=1.0):
    """x · sigmoid(beta · x)."""
    x = floating(features)
    if isinstance(beta, (int, float)) and beta == 1:
        return ops.silu(x)
    return scaled_silu(x, tensor(beta, x.dtype))


def swish(features, beta=1.0):
    """Alias of `silu`."""
    return silu(features, beta)


def softplus(features, name=None):
    """ln(1 + eˣ)."""
    return ops.softplus(floating(features))


def softsign(features, name=None):
    """x / (1 + |x|)."""
    return ops.softsign(floating(features))


def softmax(logits, axis=None, name=None):
    """exp(x) / Σ exp(x) along `axis`, the last by default."""
    return ops.softmax(floating(logits), -1 if axis is None else integers(axis))


def log_softmax(logits, axis=None, name=None):
    """x − ln Σ exp(x) along `axis`, the last by default."""
    return ops.log_softmax(floating(logits), -1 if axis is None else integers(axis))
