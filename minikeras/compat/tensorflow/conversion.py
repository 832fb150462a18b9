"""How arguments of tf functions become tensors, and lengths and axes plain integers: TensorFlow's rules for dtypes.

Python floats become float32 and Python integers int32; arrays keep their dtype. Where two operands meet, a tensor gives
its dtype to a number or an array beside it; of two that are no tensors, the first one does.
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff import IndexedSlices, KerasTensor, Tensor, Variable
from minikeras.autodiff.byte_strings import byte_strings, holds_strings
from minikeras.autodiff.operation import any_symbolic, holds_tensors
from minikeras.dtypes import is_float, standardize_dtype

TENSORS = (Tensor, KerasTensor)
"""What `tensor` gives back as it is."""


def tensor(x, dtype=None):
    """Anything as a Tensor (a KerasTensor stays one), by TensorFlow's rules.

    Args:
        dtype: the wanted one; numbers and arrays are cast to it.

    Raises:
        ValueError: `x` is ragged or holds nothing of which there are tensors.
    """
    if isinstance(x, TENSORS):
        return x if dtype is None else ops.cast(x, dtype)
    if isinstance(x, Variable):
        return tensor(x.read(), dtype)
    if hasattr(x, "__tf_tensor__"):
        return x.__tf_tensor__(dtype)
    if isinstance(x, IndexedSlices):
        x = x.to_dense()
    if isinstance(x, (list, tuple)) and (holds_tensors(x) or any_symbolic(x)) and not holds_strings(x):
        return _stacked(x, dtype)
    return Tensor(array(x, dtype))


def _stacked(nested, dtype):
    """Nested lists in which tensors stand: a number beside a tensor takes its dtype."""
    if dtype is None:
        dtype = next(y.dtype for y in _leaves(nested) if hasattr(y, "dtype"))
    return ops.stack([tensor(x, dtype) for x in nested])


def _leaves(nested):
    for x in nested:
        yield from _leaves(x) if isinstance(x, (list, tuple)) else (x,)


def array(x, dtype=None):
    """Numbers, strings or an array, nested or not, as a new array (an ndarray stays itself) in TensorFlow's dtype."""
    if isinstance(x, (Tensor, Variable)):
        x = x.array
    if isinstance(x, (np.ndarray, np.generic)) or hasattr(x, "__array__"):
        y = np.asarray(x)
        y = byte_strings(y) if y.dtype.kind in "USO" else y
    else:
        y = _from_python(x, dtype)
    if dtype is None or (wanted := standardize_dtype(dtype)) == "string":
        return y
    if y.dtype.kind == "c" and "complex" not in wanted:
        y = y.real
    return y.astype(wanted, copy=False)


def _from_python(x, dtype=None):
    if x is None:
        raise ValueError("Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor.")
    if holds_strings(x):
        return byte_strings(x)
    try:
        y = np.asarray(x)
    except ValueError:
        raise ValueError(f"Can't convert non-rectangular Python sequence to Tensor. Received: {str(x)[:200]}") from None
    if y.dtype == object and not all(isinstance(n, int) for n in y.ravel()):
        raise ValueError(f"Attempt to convert a value with an unsupported type ({type(x)}) to a Tensor: {str(x)[:200]}")
    if y.dtype == np.float64:
        if dtype is not None and standardize_dtype(dtype) in ("float64", "complex128"):
            return y  # 0.1 as a float64, not as the float64 nearest to a float32
        return y.astype(type(_first(x)) if isinstance(_first(x), np.floating) else np.float32)
    if y.dtype.kind in "iu" and (not y.size or (y.min() >= -(2**31) and y.max() < 2**31)):
        return y.astype(np.int32)
    if y.dtype == np.uint64 or y.dtype == object:
        raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.")
    return y


def _first(nested):
    while isinstance(nested, (list, tuple)) and nested:
        nested = nested[0]
    return nested


def operands(x, y):
    """Both as tensors for an operation on two, in one dtype where TensorFlow would bring them to one.

    Python numbers that the other's dtype cannot hold, and two tensors of different dtypes (errors in TensorFlow), are
    left for the engine to promote.
    """
    if isinstance(x, Variable):
        x = x.read()
    if isinstance(y, Variable):
        y = y.read()
    if isinstance(x, TENSORS):
        return x, y if isinstance(y, TENSORS) else beside(y, x.dtype)
    if isinstance(y, TENSORS):
        return beside(x, y.dtype), y
    x = tensor(x)
    return x, beside(y, x.dtype)


def beside(y, dtype):
    """`y` as a tensor of the dtype of the operand beside it, unless it is a Python float beside integers."""
    y = tensor(y)
    fits = is_float(dtype) or "complex" in dtype or not (is_float(y.dtype) or "complex" in y.dtype)
    return ops.cast(y, dtype) if fits and y.dtype not in ("string", dtype) and dtype != "bool" else y


_QUOTIENT = dict.fromkeys(("int8", "uint8", "int16", "uint16", "bool"), "float32")
_QUOTIENT |= dict.fromkeys(("int32", "uint32", "int64", "uint64"), "float64")


def dividable(x):
    """A tensor as one to divide: integers become float64, those of 8 or 16 bits float32."""
    return ops.cast(x, _QUOTIENT[x.dtype]) if x.dtype in _QUOTIENT else x


def floating(x):
    """`x` as a tensor of a float dtype: integers and booleans become float32. (TensorFlow refuses them.)"""
    x = tensor(x)
    return x if is_float(x.dtype) or "complex" in x.dtype else ops.cast(x, "float32")


def integers(x):
    """Lengths or axes, given as a number, a sequence (of tensors too), an array or a tensor, as an int or a list.

    Raises:
        TypeError: one is symbolic: it is known only when the model runs.
    """
    if x is None or isinstance(x, int):
        return x
    if isinstance(x, (list, tuple)):
        return [integers(n) for n in x]
    if isinstance(x, KerasTensor):
        raise TypeError(f"The argument must have a value here, not be a symbolic tensor. Received: {x}")
    if isinstance(x, (Tensor, Variable)):
        x = x.array
    return np.asarray(x).astype(int).tolist()


def axes(axis):
    """An `axis` argument as None, an integer or a tuple of integers."""
    axis = integers(axis)
    return tuple(axis) if isinstance(axis, list) else axis


def number(x):
    """A Python number out of a number, a scalar array or a scalar tensor."""
    return x if isinstance(x, (int, float)) else np.asarray(getattr(x, "array", x)).item()
