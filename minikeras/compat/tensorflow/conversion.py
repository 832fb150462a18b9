"""Conversion of tf functions' arguments to tensors, of lengths and axes to plain integers: TensorFlow's dtype rules.

One argument follows `ops/conversion.py`. With two operands, a tensor gives its dtype to a number or an array that it is
combined with; of two that are not tensors, the first one does.
"""

__replay__ = "computes"

import numpy as np

from minikeras import ops
from minikeras.autodiff import KerasTensor, Tensor, Variable
from minikeras.autodiff.dtypes import is_float
from minikeras.ops.conversion import TENSORS
from minikeras.ops.conversion import data_array as array
from minikeras.ops.conversion import data_tensor as tensor

__all__ = [
    "TENSORS",
    "array",
    "as_operand",
    "axes",
    "dividable",
    "floating",
    "integers",
    "number",
    "operands",
    "tensor",
]


def operands(x, y):
    """Both operands as tensors, of one dtype where TensorFlow would convert them.

    Python numbers that the other's dtype cannot hold, and two tensors of different dtypes (errors in TensorFlow), are
    left for the engine to promote.
    """
    if isinstance(x, Variable):
        x = x.read()
    if isinstance(y, Variable):
        y = y.read()
    if isinstance(x, TENSORS):
        return x, y if isinstance(y, TENSORS) else as_operand(y, x.dtype)
    if isinstance(y, TENSORS):
        return as_operand(x, y.dtype), y
    x = tensor(x)
    return x, as_operand(y, x.dtype)


def as_operand(y, dtype):
    """`y` as a tensor of the other operand's dtype, unless it is a Python float and that is an integer dtype."""
    y = tensor(y)
    fits = is_float(dtype) or "complex" in dtype or not (is_float(y.dtype) or "complex" in y.dtype)
    return ops.cast(y, dtype) if fits and y.dtype not in ("string", dtype) and dtype != "bool" else y


_QUOTIENT = dict.fromkeys(("int8", "uint8", "int16", "uint16", "bool"), "float32")
_QUOTIENT |= dict.fromkeys(("int32", "uint32", "int64", "uint64"), "float64")


def dividable(x):
    """A tensor converted for division: integers become float64, those of 8 or 16 bits float32."""
    return ops.cast(x, _QUOTIENT[x.dtype]) if x.dtype in _QUOTIENT else x


def floating(x):
    """`x` as a tensor of a float dtype: integers and booleans become float32. (TensorFlow refuses them.)"""
    x = tensor(x)
    return x if is_float(x.dtype) or "complex" in x.dtype else ops.cast(x, "float32")


def integers(x):
    """Lengths or axes, given as a number, a sequence (of tensors too), an array or a tensor, as an int or a list.

    Raises:
        TypeError: one is symbolic: known only when the model runs.
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
    """A Python number from a number, a scalar array or a scalar tensor."""
    return x if isinstance(x, (int, float)) else np.asarray(getattr(x, "array", x)).item()
