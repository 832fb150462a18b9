"""`tf.math.bessel_i0` and related functions. (Formulas: `minikeras/ops/bessel.py`.)"""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import floating
from minikeras.ops.bessel import I1, I0e, I1e

__all__ = ["bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e"]


def bessel_i0(x, name=None):
    """I₀(x)."""
    return ops.i0(floating(x))


def bessel_i0e(x, name=None):
    """exp(−|x|) · I₀(x), which does not overflow."""
    return I0e()(floating(x))


def bessel_i1(x, name=None):
    """I₁(x)."""
    return I1()(floating(x))


def bessel_i1e(x, name=None):
    """exp(−|x|) · I₁(x), which does not overflow."""
    return I1e()(floating(x))
