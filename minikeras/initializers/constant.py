"""The same value everywhere: zeros, ones, or any other."""

import numpy as np

from minikeras.autodiff.tensor import Tensor, cast_array
from minikeras.dtypes import standardize_dtype
from minikeras.initializers.initializer import Initializer
from minikeras.limits import reads_config
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class Constant(Initializer):
    """w = value.

    Args:
        value: a number, or an array that is broadcast to the shape.
    """

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        """A tensor of `shape` filled with the value, which is cast to `dtype` first."""
        value = cast_array(self.value, standardize_dtype(dtype), "`value`")
        return Tensor(np.array(np.broadcast_to(value, shape)))

    def get_config(self):
        return {"value": serialize_keras_object(self.value)}

    @classmethod
    @reads_config
    def from_config(cls, config):
        """An initializer from what `get_config` returned."""
        return cls(deserialize_keras_object(config["value"]))


class Zeros(Initializer):
    """w = 0. The initial value of biases."""

    def __call__(self, shape, dtype=None):
        """A tensor of zeros."""
        return Tensor(np.zeros(shape, standardize_dtype(dtype)))


class Ones(Initializer):
    """w = 1. The initial value of the scales of normalization layers."""

    def __call__(self, shape, dtype=None):
        """A tensor of ones."""
        return Tensor(np.ones(shape, standardize_dtype(dtype)))
