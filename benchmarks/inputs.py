"""Inputs that benchmarks share."""

import numpy as np


def normal(*shapes, dtype="float32"):
    """Standard normal arrays, the same in every run; one shape gives one array."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    return arrays if len(arrays) > 1 else arrays[0]
