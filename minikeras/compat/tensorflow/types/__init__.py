"""`tf.types`: names for annotations."""

from minikeras.compat.tensorflow.types import experimental

__all__ = ["experimental"]
