"""TensorFlow's own initializers: `tf.zeros_initializer` and four others. (`tf.initializers` are Keras's.)"""

import numpy as np

from minikeras import ops
from minikeras.base.limits import reads_config
from minikeras.compat.tensorflow import dtypes, random
from minikeras.compat.tensorflow.arrays.creation import ones, zeros
from minikeras.compat.tensorflow.conversion import integers, number, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype

__all__ = [
    "constant_initializer",
    "ones_initializer",
    "random_normal_initializer",
    "random_uniform_initializer",
    "zeros_initializer",
]


class _Initializer:
    """Base: an object that makes a tensor of a shape, called as `initializer(shape, dtype)`."""

    def get_config(self):
        """The constructor's arguments."""
        return {}

    @classmethod
    @reads_config
    def from_config(cls, config):
        """An initializer from the result of `get_config`."""
        return cls(**{name: value for name, value in config.items() if name != "dtype"})


class zeros_initializer(_Initializer):  # noqa: N801 - TensorFlow's name, as are those below
    """Zeros."""

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        return zeros(shape, dtype)


class ones_initializer(_Initializer):  # noqa: N801
    """Ones."""

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        return ones(shape, dtype)


class constant_initializer(_Initializer):  # noqa: N801
    """A constant, or the given elements.

    Args:
        value: a number, or as many as the shape has elements.
        support_partition: for several devices; here is one.
    """

    def __init__(self, value=0, support_partition=False):
        self.value = value
        self.support_partition = support_partition

    def __call__(self, shape, dtype=None, **kwargs):
        values, lengths = tensor(self.value, dtype), integers(shape)
        if values.size == 1:
            return ops.broadcast_to(ops.reshape(values, ()), lengths)
        return ops.reshape(values, lengths)

    def get_config(self):
        return {"value": self.value}


class _RandomInitializer(_Initializer):
    """Base class of random initializers: with a seed every call returns the same values, without one those of
    `tf.random`.
    """

    def _draw(self, function, stateless, shape, dtype, **arguments):
        dtype = as_dtype(dtype).name
        if self.seed is None:
            return function(integers(shape), dtype=dtype, **arguments)
        return stateless(integers(shape), seed=np.array([number(self.seed), 0]), dtype=dtype, **arguments)


class random_normal_initializer(_RandomInitializer):  # noqa: N801
    """Normally distributed values.

    Args:
        mean, stddev: of the distribution.
        seed: of the random numbers; see `tf.random.set_seed`.
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        limits = {"mean": self.mean, "stddev": self.stddev}
        return self._draw(random.normal, random.stateless_normal, shape, dtype, **limits)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


class random_uniform_initializer(_RandomInitializer):  # noqa: N801
    """Values uniform between two limits.

    Args:
        minval, maxval: the limits.
        seed: of the random numbers; see `tf.random.set_seed`.
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        limits = {"minval": self.minval, "maxval": self.maxval}
        return self._draw(random.uniform, random.stateless_uniform, shape, dtype, **limits)

    def get_config(self):
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}
