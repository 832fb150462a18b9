"""Conversion of an operand combined with a tensor, as in TensorFlow: arrays are cast, Python numbers only without loss.

A tensor's dtype is never changed by an operator or a function. An array or a NumPy number combined with it is cast to
that dtype, not its own (0.5 becomes 0 combined with an integer tensor). A Python value is converted if the dtype can
represent its kind: an integer can be any number, a float needs floats or complex numbers, text needs a string tensor.
"""

__replay__ = "computes"

import numpy as np

from minikeras import ops
from minikeras.autodiff import KerasTensor, Tensor, Variable
from minikeras.autodiff.byte_strings import is_text
from minikeras.base.errors import InvalidArgumentError, OpError
from minikeras.base.replay import safe_to_replay
from minikeras.compat.tensorflow.conversion import tensor

INTEGERS = frozenset({"uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"})
FLOATS = frozenset({"bfloat16", "float16", "float32", "float64"})
COMPLEX = frozenset({"complex64", "complex128"})

# {kind of a Python value: dtypes to which TensorFlow converts it}
_WIDER_DTYPES = {
    "bool": frozenset({"bool", "int32", "int64", "uint64", "complex128"}) | FLOATS,  # TensorFlow's own selection
    "int32": INTEGERS | FLOATS | COMPLEX,
    "float32": FLOATS | COMPLEX,
    "complex128": COMPLEX,
    "string": frozenset({"string"}),
}
_KINDS = {bool: "bool", int: "int32", float: "float32", complex: "complex128", str: "string", bytes: "string"}
_WIDTH = ("bool", "int32", "float32", "complex128", "string")  # of a list, the last of these is used


def natural_dtype(value):
    """The name of a value's own dtype; None if it is not a tensor, array or Python value."""
    dtype = getattr(value, "dtype", None)
    if isinstance(value, np.ndarray) and value.dtype.kind == "O" and not is_text(value):
        return None  # numbers or other objects, checked when they are converted
    if dtype is not None:
        return _name(dtype)
    if isinstance(value, (list, tuple)):
        dtypes = {natural_dtype(item) for item in value} - {None}
        if "string" in dtypes and len(dtypes) > 1:
            return None
        given = next((natural_dtype(leaf) for leaf in _leaves(value) if hasattr(leaf, "dtype")), None)
        return given or max(dtypes, key=_rank, default=None)
    return _KINDS.get(type(value))


def _rank(dtype):
    return _WIDTH.index(dtype) if dtype in _WIDTH else len(_WIDTH)


def _name(dtype):
    if isinstance(dtype, str):
        return str.__str__(dtype)
    return "string" if dtype.kind in "USO" else dtype.name


def _leaves(nested):
    for item in nested:
        yield from _leaves(item) if isinstance(item, (list, tuple)) else (item,)


def is_tensor(value):
    """Whether its dtype is fixed: a tensor of any kind, a Variable, or a list that holds one."""
    if isinstance(value, (list, tuple)):
        return any(map(is_tensor, _leaves(value)))
    return isinstance(value, (Tensor, Variable)) or (hasattr(value, "dtype") and not is_array(value))


def numpy_dtypes(names):
    """The set of NumPy dtypes with these names, without those that NumPy lacks."""
    return frozenset(np.dtype(object if name == "string" else name) for name in names if name != "bfloat16")


def is_array(value):
    """Whether it is a NumPy array or scalar, which TensorFlow casts."""
    return isinstance(value, (np.ndarray, np.generic))


def is_symbolic(value):
    """Whether it is a symbolic tensor of a functional model, or a list that holds one."""
    if isinstance(value, (list, tuple)):
        return any(map(is_symbolic, value))
    return isinstance(value, KerasTensor)


def fits(value, dtype):
    """Whether TensorFlow converts an array or a Python value to the dtype. (Text never becomes a number.)"""
    natural = natural_dtype(value)
    if is_array(value):
        return natural is None or (natural == "string") == (dtype == "string")
    if natural in ("float128", "complex256"):  # NumPy's widest dtypes are converted to 64-bit ones
        natural = "float32" if natural == "float128" else "complex128"
    return natural in (None, dtype) or dtype in _WIDER_DTYPES.get(natural, ())


@safe_to_replay("it wraps other values in a Tensor unchanged")
def converted(value, dtype):
    """An array or a Python value that `fits`, as a Tensor."""
    if is_array(value) and value.dtype.kind == "c" and dtype not in COMPLEX:
        value = value.real
    return tensor(value, dtype)


def packed(values, dtype):
    """A list of tensors and numbers with the numbers cast to the dtype: TensorFlow packs it into one tensor."""
    if isinstance(values, (list, tuple)):
        return [packed(value, dtype) for value in values]
    return ops.cast(values, dtype) if is_tensor(values) else values


def wrong_argument(message):
    """The error that TensorFlow's kernels raise for an invalid value, such as a shape."""
    return InvalidArgumentError(None, None, message)


def refusal(kind, message):
    """An exception of this type; Python's exceptions take only the message."""
    return kind(None, None, message) if issubclass(kind, OpError) else kind(message)
