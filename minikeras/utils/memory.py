"""The size of variables: elements and bytes."""

import math

import numpy as np


def number_count(variables):
    """How many elements the variables have, each variable counted once."""
    return sum(math.prod(variable.shape) for variable in _each_once(variables))


def size_in_bytes(variables):
    """How many bytes these elements take."""
    return sum(math.prod(variable.shape) * _bytes_of(variable.dtype) for variable in _each_once(variables))


def _bytes_of(dtype):
    """Bytes per element; an eighth for a bool, which Keras counts as one bit."""
    return 1 / 8 if dtype == "bool" else np.dtype(dtype).itemsize


def _each_once(variables):
    return {id(variable): variable for variable in variables}.values()
