"""`tf.experimental`: `numpy`, TensorFlow's functions under NumPy's names; `Optional`; dtypes to store numbers in."""

__replay__ = "computes"

from minikeras.compat.tensorflow.data.optional import Optional
from minikeras.compat.tensorflow.experimental import numpy
from minikeras.compat.tensorflow.experimental_dtypes import float8_e4m3fn, float8_e5m2, int4, uint4

__all__ = ["Optional", "float8_e4m3fn", "float8_e5m2", "int4", "numpy", "uint4"]
