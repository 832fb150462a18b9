"""Checks of dtypes and types."""

from collections.abc import Iterable

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.tensors.sparse import SparseTensor


def assert_type(tensor, tf_type, message=None, name=None):
    """Raise unless the tensor has this dtype.

    Raises:
        TypeError: it has another.
    """
    dtype, wanted = _dtype(tensor), as_dtype(tf_type)
    if dtype != wanted:
        raise TypeError(f"{_before(message)}tensor must be of type {wanted!r}; got {dtype!r}")


def assert_integer(x, message=None, name=None):
    """Raise unless `x` is of an integer dtype.

    Raises:
        TypeError: it is not.
    """
    dtype = _dtype(x)
    if not dtype.is_integer:
        raise TypeError(f'{_before(message)}Expected "x" to be integer type.  Found: tensor of dtype {dtype}')


def assert_same_float_dtype(tensors=None, dtype=None):
    """The common float dtype of all these tensors; float32 if there are none.

    Raises:
        ValueError: they differ from one another or from `dtype`, or it is not a float dtype.
    """
    dtypes = {_dtype(x) for x in tensors or () if x is not None}
    if dtype is not None:
        dtypes.add(as_dtype(dtype))
    if len(dtypes) > 1:
        raise ValueError(f"Tensors must have the same type. Received: {sorted(d.name for d in dtypes)}")
    found = dtypes.pop() if dtypes else as_dtype("float32")
    if not found.is_floating:
        raise ValueError(f"Expected floating point type, got {found!r}.")
    return found


def assert_proper_iterable(values):
    """Raise unless `values` is an iterable other than a tensor or a string.

    Raises:
        TypeError: it is not.
    """
    if isinstance(values, (Tensor, KerasTensor, Variable, IndexedSlices, str, bytes)) or hasattr(values, "__array__"):
        raise TypeError(f"`values` must be a list or another iterable of several. Received: {type(values).__name__}")
    if not isinstance(values, Iterable):
        raise TypeError(f"`values` must be iterable. Received: {type(values).__name__}")


def is_numeric_tensor(tensor):
    """Whether it is a tensor of numbers."""
    return isinstance(tensor, (Tensor, KerasTensor, Variable)) and as_dtype(tensor.dtype) not in ("bool", "string")


def _dtype(x):
    return as_dtype(x.dtype if isinstance(x, (KerasTensor, SparseTensor)) else tensor(x).dtype)


def _before(message):
    return f"{message}  " if message else ""
