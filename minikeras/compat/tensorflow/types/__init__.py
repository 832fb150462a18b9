"""`tf.types`: names for annotations."""

__replay__ = "computes"

from minikeras.compat.tensorflow.types import experimental

__all__ = ["experimental"]
