"""Packs and unpacks batches as tuples."""

__replay__ = "computes"

import numpy as np

from minikeras import tree
from minikeras.autodiff.array_dtypes import UnsupportedDtypeError, is_text
from minikeras.autodiff.dtypes import NAMES
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.config import floatx
from minikeras.data.sparse_rows import is_sparse, sparse_rows
from minikeras.tensors.ragged.broadcasting import is_ragged

PARTS = ("x", "y", "sample_weight")  # their names in errors
VALIDATION_PARTS = ("validation x", "validation y", "validation sample_weight")


def unpack_x_y_sample_weight(data):
    """(x, y, sample_weight) of a batch, None for missing parts.

    Raises:
        ValueError: a tuple of more than three parts.
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(f"Data is expected to be x alone, `(x,)`, `(x, y)` or `(x, y, sample_weight)`. Received: "
                         f"a tuple of {len(data)} parts.")  # fmt: skip
    return (*data, None, None)[:3]


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """The batch as a tuple without trailing Nones; x alone unless it is a list or tuple."""
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def to_tensors(batch, copy=False):
    """A batch (x, y, sample_weight), (x, y), (x,) or x with every array in it as a Tensor; floats in `floatx()`.

    Tuples of more parts are for a user's `train_step`.

    Args:
        copy: whether Tensors must not share memory with the arrays in the batch, which their owner may overwrite.
    """
    if not isinstance(batch, tuple):
        return _structure_of_tensors(batch, "x", copy)
    names = PARTS if len(batch) <= len(PARTS) else [f"part {i}" for i in range(len(batch))]
    return tuple([_structure_of_tensors(part, name, copy) for part, name in zip(batch, names, strict=False)])


def copied(batch):
    """Copy a structure, so that a generator that refills its arrays for the next batch does not change it."""
    return tree.map_structure(_copied, batch)


def _copied(part):
    if type(part) is Tensor:
        return Tensor(part.array.copy())
    return part.copy() if isinstance(part, np.ndarray) else part


def _structure_of_tensors(structure, name, copy):
    if structure is None or type(structure) in (Tensor, np.ndarray):
        return to_tensor(structure, name, copy)
    return tree.map_structure(lambda x: to_tensor(x, name, copy), structure)


def to_tensor(x, name="x", copy=False):
    """One array as a Tensor. None stays None."""
    if x is None or isinstance(x, Tensor) or is_ragged(x):
        return x
    if isinstance(x, Variable):
        return x.read()
    array = sparse_rows(x)[:] if is_sparse(x) else data_array(x, name)
    is_shared = copy and (array is x or array.base is not None)
    return Tensor(array.copy() if is_shared else array)


def data_array(x, name):
    """Convert the part `name` of a user's data ("y", "x['image']", "validation x") to an array.

    Raises:
        UnsupportedDtypeError: it holds no numbers. Inputs `x` may be text too, for models that take text.
    """
    array = as_array(x, None, f"`{name}`")
    if name != "x" and is_text(array.dtype) and not name.removeprefix("validation ").startswith("x"):
        raise UnsupportedDtypeError(array, f"`{name}`")
    return in_floatx(array)


def in_floatx(array):
    """A float array in `floatx()`; others as they are. So does Keras with all data."""
    return array.astype(floatx()) if array.dtype.kind == "f" and NAMES[array.dtype] != floatx() else array


def is_iterable_of_batches(x):
    """Whether `x` yields whole batches one after the other, rather than being arrays."""
    is_array = hasattr(x, "__array__") or hasattr(x, "to_numpy") or is_sparse(x) or is_ragged(x)
    return not is_array and not isinstance(x, (list, tuple, dict, str)) and hasattr(x, "__iter__")
