"""`tf.math.special`: Bessel functions and integrals. (Formulas: `minikeras/ops/bessel.py` and those next to it.)"""

from minikeras.compat.tensorflow.conversion import floating
from minikeras.compat.tensorflow.math.bessel_functions import bessel_i0, bessel_i0e, bessel_i1, bessel_i1e
from minikeras.ops.bessel import J0, J1, K0, K1, Y0, Y1, K0e, K1e
from minikeras.ops.special import Dawson, ExponentialIntegral, FresnelCos, FresnelSin, Spence

__all__ = [
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "bessel_j0",
    "bessel_j1",
    "bessel_k0",
    "bessel_k0e",
    "bessel_k1",
    "bessel_k1e",
    "bessel_y0",
    "bessel_y1",
    "dawsn",
    "expint",
    "fresnel_cos",
    "fresnel_sin",
    "spence",
]


def bessel_j0(x, name=None):
    """J₀(x)."""
    return J0()(floating(x))


def bessel_j1(x, name=None):
    """J₁(x)."""
    return J1()(floating(x))


def bessel_y0(x, name=None):
    """Y₀(x)."""
    return Y0()(floating(x))


def bessel_y1(x, name=None):
    """Y₁(x)."""
    return Y1()(floating(x))


def bessel_k0(x, name=None):
    """K₀(x)."""
    return K0()(floating(x))


def bessel_k0e(x, name=None):
    """exp(x) · K₀(x), which does not underflow."""
    return K0e()(floating(x))


def bessel_k1(x, name=None):
    """K₁(x)."""
    return K1()(floating(x))


def bessel_k1e(x, name=None):
    """exp(x) · K₁(x), which does not underflow."""
    return K1e()(floating(x))


def dawsn(x, name=None):
    """exp(−x²) · ∫₀ˣ exp(t²) dt."""
    return Dawson()(floating(x))


def expint(x, name=None):
    """The exponential integral Ei(x)."""
    return ExponentialIntegral()(floating(x))


def fresnel_cos(x, name=None):
    """∫₀ˣ cos(πt²/2) dt."""
    return FresnelCos()(floating(x))


def fresnel_sin(x, name=None):
    """∫₀ˣ sin(πt²/2) dt."""
    return FresnelSin()(floating(x))


def spence(x, name=None):
    """−∫₁ˣ ln t / (t − 1) dt."""
    return Spence()(floating(x))
