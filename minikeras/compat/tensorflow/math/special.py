"""`tf.math.special`: the available Bessel functions."""

from minikeras.compat.tensorflow.math.bessel_functions import bessel_i0, bessel_i0e, bessel_i1, bessel_i1e

__all__ = ["bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e"]
