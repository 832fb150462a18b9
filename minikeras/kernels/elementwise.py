"""Sums of arrays: large float32 ones in one pass on all threads, others by NumPy."""

import numpy as np

from minikeras.kernels.elementwise_jobs import add_pieces
from minikeras.kernels.tasks import goes_by_jobs


def add(a, b):
    """a + b, arrays or Python numbers."""
    if type(a) is np.ndarray is type(b) and a.shape == b.shape and goes_by_jobs(a, b):
        return add_pieces(a, b, -np.inf)
    return np.add(a, b)
