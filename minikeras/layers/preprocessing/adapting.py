"""Data for `adapt`: one array, or batches computed on demand."""

from itertools import islice

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.data.pipeline import INFINITE, Dataset


def is_array(data):
    """Whether the data is one array or tensor."""
    return isinstance(data, (np.ndarray, np.generic, Tensor, Variable))


def batches_of(data, steps=None):
    """Iterator over the batches of a Dataset, PyDataset, generator or other iterable.

    Args:
        steps: how many at most; all if None. Required for infinite Datasets and iterables.
    """
    if steps is None and isinstance(data, Dataset) and int(data.cardinality()) == INFINITE:
        raise ValueError("The data set is infinite. Pass `steps` to `adapt`, or use `dataset.take(count)`.")
    if not hasattr(data, "__iter__") and hasattr(data, "__getitem__"):
        return islice((data[i] for i in range(len(data))), steps)
    return islice(data, steps)
