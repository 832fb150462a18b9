"""`tf.experimental.numpy.random`: the numbers of `tf.random` under NumPy's names, as float64 and int64."""

__replay__ = "computes"

import numpy as np

from minikeras import ops
from minikeras.compat.tensorflow import random as tf_random
from minikeras.compat.tensorflow.experimental.numpy_conversion import dtype_name, is_scalar, numpy_array

__all__ = ["poisson", "rand", "randint", "randn", "random", "seed", "standard_normal", "uniform"]


def seed(s):
    """`tf.random.set_seed`."""
    try:
        tf_random.set_seed(int(s))
    except TypeError:
        raise ValueError(f"`s` must be an integer. Received: s={s!r}") from None


def uniform(low=0.0, high=1.0, size=None):
    """Numbers from `low` to `high`, which may be arrays; of their common shape if `size` is None."""
    low, high = (ops.cast(numpy_array(x, None), "float64") for x in (low, high))
    shape = np.broadcast_shapes(low.shape, high.shape) if size is None else _shape(size)
    return tf_random.uniform(shape, low, high, "float64")


def random(size=None):
    """Numbers from 0 to 1."""
    return tf_random.uniform(_shape(size), dtype="float64")


def rand(*size):
    """`random`, with the lengths as arguments."""
    return random(size)


def standard_normal(size=None):
    """Normal numbers."""
    return tf_random.normal(_shape(size), dtype="float64")


def randn(*args):
    """`standard_normal`, with the lengths as arguments."""
    return standard_normal(args)


def poisson(lam=1.0, size=None):
    """Counts with mean `lam`, int64."""
    return tf_random.poisson(_shape(size), lam, dtype="int64")


def randint(low, high=None, size=None, dtype="int64"):
    """Integers from `low` to `high` − 1; from 0 to `low` − 1 without `high`.

    Raises:
        ValueError: a dtype other than int32 and int64.
    """
    if dtype_name(dtype) not in ("int32", "int64"):
        raise ValueError(f"`dtype` must be int32 or int64. Received: dtype={dtype!r}")
    low, high = (0, int(low)) if high is None else (int(low), int(high))
    return tf_random.uniform(_shape(size), low, high, dtype_name(dtype))


def _shape(size):
    return () if size is None else (int(size),) if is_scalar(size) else tuple(size)
