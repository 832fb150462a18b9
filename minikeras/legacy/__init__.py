"""`keras.legacy`: what is left of Keras 2."""

from minikeras.legacy import saving

__all__ = ["saving"]
