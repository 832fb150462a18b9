"""Arrays by NumPy's own rules, not by Keras's: Python floats are float64, integers int64, and mixtures promote.

It is the rule of `tf.experimental.numpy`.
"""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.ops.core import cast
from minikeras.ops.joining import stack


def dtype_name(dtype):
    """The name of a dtype; Python's float is float64, its int is int64."""
    return str.__str__(dtype) if isinstance(dtype, str) else np.dtype(dtype).name


def numpy_array(value, dtype=None):
    """A tensor of an array, of numbers or of nested lists, in which tensors may be."""
    if isinstance(value, Variable):
        value = value.read()
    if not isinstance(value, (Tensor, KerasTensor)):
        value = stack(promoted(value), 0) if _holds_tensors(value) else Tensor(np.array(value))
    return value if dtype is None else cast(value, dtype)


def _holds_tensors(value):
    return isinstance(value, (list, tuple)) and any(isinstance(item, (Tensor, KerasTensor, Variable)) for item in value)


def promoted(values, to_float=False):
    """Several arrays as tensors of their common dtype.

    Args:
        to_float: integers and booleans become float64.
    """
    tensors = [numpy_array(value) for value in values]
    dtype = common_dtype(
        [v if isinstance(v, (int, float, complex)) else x for v, x in zip(values, tensors, strict=True)]
    )
    if to_float and dtype.kind in "biu":
        dtype = np.dtype("float64")
    return [cast(x, dtype.name) for x in tensors]


def promoted_pair(x, y, prefer_float32=False):
    """A tensor and another operand as tensors of their common dtype.

    Args:
        prefer_float32: whether Python's floats and complex numbers count as numbers of 32 bits, not by their kind.
    """
    if prefer_float32 and isinstance(y, (float, complex)):
        y = np.complex64(y) if isinstance(y, complex) else np.float32(y)
    return promoted([x, y])


def common_dtype(values):
    """NumPy's dtype for arrays, tensors, dtypes and Python numbers together. Of a number only its kind counts."""
    return np.result_type(*map(_dtype_or_number, values))


def _dtype_or_number(value):
    if isinstance(value, (int, float, complex)):
        return value
    is_array = hasattr(value, "dtype") and not isinstance(value, type)
    return np.dtype(dtype_name(value.dtype if is_array else value))


def floats(x):
    """`x` as a tensor, integers and booleans as float64."""
    x = numpy_array(x)
    return cast(x, "float64") if np.dtype(dtype_name(x.dtype)).kind in "biu" else x


pi, e, inf = np.pi, np.e, np.inf
inexact, object_ = np.inexact, np.object_


def is_scalar(x):
    """Whether it is a number or text, or a tensor without axes."""
    return np.isscalar(x) or (hasattr(x, "shape") and len(x.shape) == 0)


def is_subdtype(dtype, kind):
    """Whether a dtype of NumPy's is of a kind, or another dtype."""
    return bool(np.issubdtype(dtype, kind))


def open_grid(*arrays):
    """Vectors of indices, each along an axis of its own."""
    return np.ix_(*arrays)
