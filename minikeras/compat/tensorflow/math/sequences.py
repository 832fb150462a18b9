"""`tf.math.sobol_sample`. (The sequence: `minikeras/random/sobol.py`.)"""

from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import integers
from minikeras.random import sobol

__all__ = ["sobol_sample"]


def sobol_sample(dim, num_results, skip=0, dtype=dtypes.float32, name=None):
    """Points (num_results, dim) that fill the unit cube evenly, without the origin and the `skip` points after it."""
    return sobol.sobol_sample(integers(dim), integers(num_results), integers(skip), str.__str__(dtypes.as_dtype(dtype)))
