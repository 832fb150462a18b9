"""`tf.nn.isotonic_regression`. (Formula: `minikeras/ops/isotonic.py`.)"""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import floating
from minikeras.ops import isotonic

__all__ = ["isotonic_regression"]


def isotonic_regression(inputs, decreasing=True, axis=-1):
    """The nearest sequence along an axis that never rises (or never falls), and the number of each constant segment."""
    x = ops.moveaxis(floating(inputs), axis, -1)
    y, segments = isotonic.isotonic_regression(x if decreasing else -x)
    return ops.moveaxis(y if decreasing else -y, -1, axis), ops.moveaxis(segments, -1, axis)
