"""Piecewise linear activations with Keras 2's arguments: ReLU with a threshold, a hard sigmoid."""

__replay__ = "computes"

from minikeras.ops.activation import relu
from minikeras.ops.core import cast
from minikeras.ops.extrema import clip
from minikeras.ops.joining import concatenate
from minikeras.ops.smooth_activation import sigmoid


def passed_above(x, threshold):
    """x where x > threshold, else 0."""
    return x * cast(x > threshold, x.dtype)


def thresholded_relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """x where x > threshold, but at most `max_value`; below, alpha · (x − threshold)."""
    y = relu(x) if threshold == 0 else passed_above(x, threshold)
    if max_value is not None:
        y = clip(y, 0.0, max_value)
    return y - alpha * relu(threshold - x) if alpha else y


def steep_hard_sigmoid(x):
    """0.2 x + 0.5 clipped to [0, 1]. (The one of `keras.ops` has the slope 1/6.)"""
    return clip(x * 0.2 + 0.5, 0.0, 1.0)


def scaled_silu(x, beta):
    """x · sigmoid(beta · x)."""
    return x * sigmoid(beta * x)


def concatenated_relu(x, axis=-1):
    """relu(x) and relu(−x), joined along `axis`. (Shang et al., "Concatenated rectified linear units", 2016)"""
    return concatenate([relu(x), relu(-x)], axis)
