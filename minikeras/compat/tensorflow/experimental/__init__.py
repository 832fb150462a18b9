"""`tf.experimental`: `numpy`, TensorFlow's functions under NumPy's names; and `Optional`."""

__replay__ = "computes"

from minikeras.compat.tensorflow.data.optional import Optional
from minikeras.compat.tensorflow.experimental import numpy

__all__ = ["Optional", "numpy"]
