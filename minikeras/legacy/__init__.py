"""`keras.legacy`: the remains of Keras 2."""

from minikeras.legacy import saving

__all__ = ["saving"]
