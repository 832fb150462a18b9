"""The dtype of the result of several inputs: Keras's promotion rules.

They differ from NumPy's in two ways. An integer never widens a float (int64 with float32 gives float32, where NumPy
gives float64), and a Python number is *weak*: it takes the dtype of the array beside it (float32 array + 2.0 stays
float32, int32 array + 2.0 becomes `floatx()`).
"""

__replay__ = "computes"

from functools import cache

import numpy as np

from minikeras.config import floatx
from minikeras.suggestions import did_you_mean

ALLOWED_DTYPES = (
    *("float16", "float32", "float64", "uint8", "uint16", "uint32", "uint64"),
    *("int8", "int16", "int32", "int64", "bool", "string", "complex64", "complex128"),
)
_PYTHON_TYPES = {bool: "bool", int: "int32", str: "string"}


def standardize_dtype(dtype):
    """The name of a dtype given in any form: None, a string, a NumPy dtype, a Python type, an object with `.name`.

    Raises:
        ValueError: it names no dtype that NumPy can compute in.
    """
    if dtype is None:
        return floatx()
    if isinstance(dtype, str):
        name = str.__str__(dtype)  # a subclass may have another `str`
    elif dtype is float:
        return floatx()
    elif isinstance(dtype, type) and dtype in _PYTHON_TYPES:
        return _PYTHON_TYPES[dtype]
    elif hasattr(dtype, "name") and isinstance(dtype.name, str):
        name = dtype.name
    else:
        try:
            name = np.dtype(dtype).name
        except TypeError:
            raise ValueError(f"Invalid dtype: {dtype!r}") from None
    if name in ALLOWED_DTYPES:
        return name
    if name in ("float", "int"):
        return floatx() if name == "float" else "int32"
    if name == "bfloat16":
        raise ValueError("NumPy has no bfloat16, so minikeras cannot compute in it. Use 'float16' or 'float32'.")
    raise ValueError(f"Invalid dtype: {name!r}.{did_you_mean(name, ALLOWED_DTYPES)}")


class _Names(dict):
    """The name of each NumPy dtype that was met: `dtype.name` computes it anew each time, in 4 µs."""

    def __missing__(self, dtype):
        name = self[dtype] = dtype.name
        return name


NAMES = _Names({np.dtype(object): "string"})  # an array of Python objects holds strings: there is no other use for it


def dtype_name(dtype):
    """The name of a NumPy dtype."""
    return NAMES[dtype]


def is_float(dtype):
    """Whether a dtype, given in any form, is a floating-point one."""
    return "float" in standardize_dtype(dtype)


def result_type(*dtypes):
    """The dtype, as a string, of an operation on inputs of these dtypes.

    Each may be a dtype name, a NumPy dtype, or the weak Python types `int`, `float` and `bool`.
    """
    dtype = _result_type(dtypes, floatx())
    return "string" if dtype.kind == "U" else dtype_name(dtype)


@cache
def _result_type(dtypes, default_float):
    """`result_type` as a NumPy dtype. It is cached, since the rules take 10 µs and the look-up takes 0.2."""
    named = [d if isinstance(d, type) and d in (int, float) else standardize_dtype(d) for d in dtypes]
    result = named[0] if named else default_float
    for dtype in named[1:]:
        result = _promote(result, dtype, default_float)
    result = standardize_dtype(default_float if result is float else result)
    return np.dtype("U") if result == "string" else np.dtype(result)


def _promote(a, b, default_float):
    if a == b:
        return a
    for weak, other in ((a, b), (b, a)):
        if weak is int:
            return int if other in (bool, "bool") else other
        if weak is float:
            return other if other is not int and ("float" in other or "complex" in other) else default_float
    a_kind, b_kind = np.dtype(a).kind, np.dtype(b).kind
    if a_kind in "biu" and b_kind in "fc":
        return b
    if b_kind in "biu" and a_kind in "fc":
        return a
    promoted = np.promote_types(a, b).name
    if a_kind in "iu" and b_kind in "iu" and promoted == "float64":  # uint64 with a signed integer
        return default_float
    return promoted


_NUMBERS = (float, int, bool)


def promote(x1, x2):
    """Two arrays (or Python numbers) as arrays of their common dtype, ready for a NumPy function.

    The usual cases, two arrays of one dtype, or a float array and a number, cost few comparisons.
    """
    if type(x1) in _NUMBERS:
        if type(x2) not in _NUMBERS and x2.dtype.kind == "f":
            return np.asarray(x1, x2.dtype), np.asarray(x2)
        dtype = _result_type((type(x1), type(x2) if type(x2) in _NUMBERS else x2.dtype), floatx())
    elif type(x2) in _NUMBERS:
        if x1.dtype.kind == "f":
            return np.asarray(x1), np.asarray(x2, x1.dtype)
        dtype = _result_type((x1.dtype, type(x2)), floatx())
    elif x1.dtype == x2.dtype:
        return np.asarray(x1), np.asarray(x2)
    else:
        dtype = _result_type((x1.dtype, x2.dtype), floatx())
    return np.asarray(x1, dtype), np.asarray(x2, dtype)


def as_float(x):
    """An array of a floating dtype: integers, booleans and Python numbers become `floatx()`."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
        return x
    return np.asarray(x, floatx() if not hasattr(x, "dtype") or x.dtype.kind in "biu" else None)
