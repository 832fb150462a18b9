"""Any value as a tensor whose dtype no setting changes: Python floats are float32, integers int32, text "string".

It is the rule for data: elements of data sets, rows, keys of tables, and arguments of `tf` functions. The rule of
`keras.ops` is `convert_to_tensor` in `core.py`: there Python floats become `floatx()`.
"""

import numpy as np

from minikeras.autodiff.array_dtypes import NUMERIC_DTYPES, is_text, supported
from minikeras.autodiff.byte_strings import byte_strings, holds_strings
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import any_symbolic, holds_tensors
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.errors import InvalidArgumentError
from minikeras.base.replay import safe_to_replay
from minikeras.ops.core import cast
from minikeras.ops.joining import stack

TENSORS = (Tensor, KerasTensor)
"""What `data_tensor` returns as it is."""


@safe_to_replay("what is not a Tensor goes into one as it is")
def data_tensor(x, dtype=None):
    """Any value as a Tensor (a KerasTensor stays one).

    Args:
        dtype: that of the result; numbers and arrays are cast to it.

    Raises:
        ValueError: `x` is ragged, or holds something that a tensor cannot hold.
    """
    if isinstance(x, TENSORS):
        return x if dtype is None else cast(x, dtype)
    if isinstance(x, Variable):
        return data_tensor(x.read(), dtype)
    if hasattr(x, "__tf_tensor__"):
        return x.__tf_tensor__(dtype)
    if isinstance(x, IndexedSlices):
        x = x.to_dense()
    if isinstance(x, (list, tuple)) and (holds_tensors(x) or any_symbolic(x)) and not holds_strings(x):
        return _stacked(x, dtype)
    return Tensor(data_array(x, dtype))


def _stacked(nested, dtype):
    """Nested lists with tensors: numbers take the dtype of a tensor in the same list."""
    if dtype is None:
        dtype = next(y.dtype for y in _leaves(nested) if hasattr(y, "dtype"))
    return stack([data_tensor(x, dtype) for x in nested])


def _leaves(nested):
    for x in nested:
        yield from _leaves(x) if isinstance(x, (list, tuple)) else (x,)


def data_array(x, dtype=None):
    """Numbers, strings or an array, nested or not, as a new array (an ndarray stays itself) with these dtypes."""
    if isinstance(x, (Tensor, Variable)):
        x = x.array
    if isinstance(x, (np.ndarray, np.generic)) or hasattr(x, "__array__"):
        y = np.asarray(x)
        if y.dtype not in NUMERIC_DTYPES and (dtype is None or is_text(y.dtype)):
            y = _unusual(y, dtype)
    else:
        y = _from_python(x, dtype)
    if dtype is None or (wanted := standardize_dtype(dtype)) == "string":
        return y
    if y.dtype.kind == "c" and "complex" not in wanted:
        y = y.real
    return y.astype(wanted, copy=False)


def _unusual(y, dtype):
    """An array of text as `bytes`, others in a dtype of tensors. Objects are read as numbers if `dtype` is numeric."""
    if y.dtype == object and dtype is not None and standardize_dtype(dtype) != "string":
        return y.astype(standardize_dtype(dtype))
    y = supported(y)
    return byte_strings(y) if is_text(y.dtype) else y


def _from_python(x, dtype=None):
    if x is None:
        raise ValueError("A tensor holds numbers or text. Received: None")
    if holds_strings(x):
        try:
            return byte_strings(x)
        except (TypeError, InvalidArgumentError):
            raise _mixed(x) from None
    try:
        y = np.asarray(x)
    except ValueError:
        raise ValueError(
            f"Rows of a tensor must have equal lengths. Received: {str(x)[:200]}. Use `tf.ragged.constant`."
        ) from None
    if y.dtype == object and not all(isinstance(n, int) for n in y.ravel()):
        raise ValueError(f"A tensor holds numbers or text. Received: {str(x)[:200]} of type {type(x).__name__}")
    if y.dtype.kind in "US" or (y.dtype.kind != "b" and isinstance(_first(x), (bool, np.bool_))):
        raise _mixed(x)  # [True, 1] is one for TensorFlow, [1, True] is not
    if y.dtype == np.float64 or y.dtype == np.longdouble:
        if dtype is not None and standardize_dtype(dtype) in ("float64", "complex128"):
            return y  # 0.1 as a float64, not as the float64 nearest to a float32
        first = getattr(_first(x), "dtype", None)  # a NumPy number keeps its dtype
        return y.astype(first if first in NUMERIC_DTYPES else np.float32)
    if y.dtype.kind == "c" and dtype is not None and "complex" not in standardize_dtype(dtype):
        raise TypeError(f"Cannot convert {str(x)[:200]} to a tensor of dtype {dtype}: it is complex. Use tf.math.real.")
    if y.dtype.kind in "iu" and (not y.size or (y.min() >= -(2**31) and y.max() < 2**31)):
        return y.astype(np.int32)
    if y.dtype == np.uint64 or y.dtype == object:
        raise ValueError(f"Integers of a tensor must fit into 64 bits. Received: {str(x)[:200]}")
    return y if y.dtype in NUMERIC_DTYPES else supported(y)


def _mixed(x):
    return ValueError(
        f"The values of a tensor must be of one kind: numbers, truth values or text. Received: {str(x)[:200]}"
    )


def _first(nested):
    while isinstance(nested, (list, tuple)) and nested:
        nested = nested[0]
    return nested
