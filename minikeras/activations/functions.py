"""The activation functions that differ from those of `minikeras.ops`: other defaults, more arguments."""

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.ops import activation, smooth_activation
from minikeras.ops.core import convert_to_tensor, float_operand
from minikeras.ops.exponential import exp
from minikeras.ops.extrema import clip
from minikeras.ops.trigonometric import tanh


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """max(x, 0); with the other arguments, a straight piece on each side of `threshold`, and a ceiling.

    max_value                          where x ≥ max_value
    x                                  where threshold < x < max_value
    negative_slope · (x − threshold)   elsewhere
    """
    if negative_slope == 0.0 and max_value is None and threshold == 0.0 and not isinstance(x, KerasTensor):
        return activation.relu(x)
    return bent_relu(x, negative_slope, max_value, threshold)


@composed(name="ReLU")
def bent_relu(x, negative_slope, max_value, threshold):
    """`relu` with arguments, as one node of a functional graph."""
    x = convert_to_tensor(x)
    if max_value is None and threshold == 0:
        return activation.leaky_relu(x, negative_slope) if negative_slope else activation.relu(x)
    if threshold != 0:
        above = Where()(x > threshold, x, 0)
    else:  # Keras takes relu6 where it fits, whose gradient at 6 is 0; that of clip at its bound is 1
        above = activation.relu6(x) if max_value == 6 else activation.relu(x)
    if max_value is not None:
        above = clip(above, 0, max_value)
    return above if negative_slope == 0 else above - negative_slope * activation.relu(threshold - x)


def gelu(x, approximate=False):
    """Gaussian error linear unit x · Φ(x), exact by default. (`ops.gelu` is approximate by default.)"""
    return smooth_activation.gelu(x, approximate)


def exponential(x):
    """eˣ, elementwise."""
    return exp(x)


@composed(keeps_dtype=True)
def mish(x):
    """x · tanh(softplus(x)), elementwise. (Misra, 2019)"""
    x = float_operand(x)
    return x * tanh(smooth_activation.softplus(x))


def linear(x):
    """x itself: no activation."""
    return x
