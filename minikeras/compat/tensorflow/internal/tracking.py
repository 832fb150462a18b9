"""`tf.__internal__.tracking`: how TensorFlow finds the Variables in attributes. Here nothing is wrapped."""

from minikeras.compat.keras_src.decorators import no_automatic_dependency_tracking

__all__ = ["no_automatic_dependency_tracking"]
