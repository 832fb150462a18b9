"""`K.random_normal`, `K.dropout`, …: random numbers, equal to TensorFlow's for the same seed.

Where no seed is given, Keras takes one from NumPy's global generator: with `np.random.seed`, or with
`keras.utils.set_random_seed`, every run of a program draws the same.
"""

# ruff: noqa: NPY002 — Keras draws from NumPy's global generator

import numpy as np

from minikeras import ops
from minikeras.compat.keras.backend.creation import variable
from minikeras.compat.tensorflow.nn.layer_functions import dropout as tf_dropout
from minikeras.compat.tensorflow.random.operations import normal, uniform
from minikeras.compat.tensorflow.random.operations import truncated_normal as normal_within_two
from minikeras.config import floatx

__all__ = [
    "dropout",
    "random_bernoulli",
    "random_normal",
    "random_normal_variable",
    "random_uniform",
    "random_uniform_variable",
    "truncated_normal",
]

SEEDS_OF_TENSORS = 10_000_000
SEEDS_OF_VARIABLES = 1_000_000_000


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed values."""
    return normal(shape, mean, stddev, dtype or floatx(), _seed(seed))


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed values; values beyond two standard deviations are drawn again."""
    return normal_within_two(shape, mean, stddev, dtype or floatx(), _seed(seed))


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Uniform values in [minval, maxval)."""
    return uniform(shape, minval, maxval, dtype or floatx(), _seed(seed))


def random_bernoulli(shape, p=0.0, dtype=None, seed=None):
    """1 with probability p, else 0."""
    dtype = dtype or floatx()
    return ops.cast(uniform(shape, dtype=dtype, seed=_seed(seed)) <= p, dtype)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable of normal values with standard deviation `scale`."""
    return variable(normal(shape, mean, scale, dtype or floatx(), _seed(seed, SEEDS_OF_VARIABLES)), dtype, name)


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable of uniform values in [low, high)."""
    return variable(uniform(shape, low, high, dtype or floatx(), _seed(seed, SEEDS_OF_VARIABLES)), dtype, name)


def dropout(x, level, noise_shape=None, seed=None):
    """x / (1 − level) with probability 1 − level, else 0.

    Args:
        noise_shape: the shape of the random decisions, if it is not that of x: 1 where they hold for a whole axis.

    Raises:
        ValueError: the level is not in [0, 1).
    """
    return tf_dropout(x, level, noise_shape, _seed(seed))


def _seed(seed, below=SEEDS_OF_TENSORS):
    return np.random.randint(below) if seed is None else seed
