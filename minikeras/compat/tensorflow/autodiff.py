"""`tf.autodiff`: another name of `tf.GradientTape`."""

from minikeras.compat.tensorflow.gradient_tape import GradientTape

__all__ = ["GradientTape"]
