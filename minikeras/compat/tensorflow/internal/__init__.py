"""`tf.__internal__`: the few names of it that packages use."""

from minikeras.compat.tensorflow.internal import tracking

__all__ = ["tracking"]
