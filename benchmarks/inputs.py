"""Inputs that benchmarks share, and what they say about their size."""

import math

import numpy as np


def normal(*shapes, dtype="float32"):
    """Standard normal arrays, the same in every run; one shape gives one array."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    return arrays if len(arrays) > 1 else arrays[0]


def bytes_of(*arrays):
    """Bytes of all these arrays together."""
    return sum(array.nbytes for array in arrays)


def times(*sizes):
    """Sizes as a name: 32×784×100."""
    return "×".join(map(str, sizes))


def product(numbers):
    """The product of some integers."""
    return math.prod(map(int, numbers))
