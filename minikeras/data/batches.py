"""A batch as a tuple, packed and unpacked."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.config import floatx


def unpack_x_y_sample_weight(data):
    """(x, y, sample_weight) of a batch, None for what it does not have.

    Raises:
        ValueError: a tuple of more than three parts.
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(f"Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, found: "
                         f"a tuple of {len(data)} parts.")  # fmt: skip
    return (*data, None, None)[:3]


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """The batch as a tuple without trailing Nones; x alone unless it is a list or tuple."""
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def to_tensors(structure):
    """Every array in a nested structure as a Tensor; floats in `floatx()`."""
    return tree.map_structure(to_tensor, structure)


def to_tensor(x):
    """One array as a Tensor. None stays None."""
    if x is None or isinstance(x, Tensor):
        return x
    if isinstance(x, Variable):
        return x.read()
    return Tensor(in_floatx(as_array(x)))


def in_floatx(array):
    """A float array in `floatx()`; others as they are. Keras reads all data so."""
    return array.astype(floatx()) if array.dtype.kind == "f" and array.dtype != np.dtype(floatx()) else array
