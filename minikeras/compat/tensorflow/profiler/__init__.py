"""`tf.profiler`: TensorFlow's profiler. minikeras writes no profiles for TensorBoard; Python's own profiler works."""

from minikeras.compat.tensorflow.profiler import experimental

__all__ = ["experimental"]
