"""The dtype of the result of several inputs: Keras's promotion rules.

They differ from NumPy's in two ways. An integer never widens a float (int64 with float32 gives float32, where NumPy
gives float64), and a Python number is *weak*: it takes the dtype of the array it is combined with (float32 array + 2.0
stays float32, int32 array + 2.0 becomes `floatx()`). The kinds are ordered, and the higher one wins:

    bool < Python int < integers < Python float < floats < complex

Within a kind the wider one wins, with four rules: a signed and an unsigned integer need a signed one that holds both
(a *weak* float if there is none), bfloat16 with float16 gives float32, float64 with complex64 gives complex128, and
float8 mixes with nothing.
"""

__replay__ = "computes"

from functools import cache

import numpy as np

from minikeras.base.extension_dtypes import EXTENSION_DTYPES, FLOAT8_DTYPES, is_extension, use_extension_dtypes
from minikeras.base.suggestions import did_you_mean
from minikeras.config import floatx

NUMPY_DTYPES = (
    *("float16", "float32", "float64", "uint8", "uint16", "uint32", "uint64"),
    *("int8", "int16", "int32", "int64", "bool", "string", "complex64", "complex128"),
)
"""Names of the tensor dtypes that NumPy itself has. ("string" stands for arrays of objects.)"""

ALLOWED_DTYPES = (*NUMPY_DTYPES, "bfloat16", *FLOAT8_DTYPES)
"""Keras's dtypes."""

_PYTHON_TYPES = {bool: "bool", int: "int64", str: "string", complex: "complex128"}


def standardize_dtype(dtype):
    """The name of a dtype given in any form: None, a string, a NumPy dtype, a Python type, an object with `.name`.

    Raises:
        ValueError: it names no dtype that tensors have.
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
    elif isinstance(dtype, np.generic):  # a number: NumPy would take its dtype
        raise ValueError(f"Invalid dtype: {dtype!r}")
    else:
        try:
            name = np.dtype(dtype).name
        except TypeError:
            raise ValueError(f"Invalid dtype: {dtype!r}") from None
    if name in NUMPY_DTYPES:
        return name
    if name in ALLOWED_DTYPES or (name in EXTENSION_DTYPES and isinstance(dtype, np.dtype)):
        use_extension_dtypes()  # only TensorFlow has int4; Keras knows no such name
        return name
    if name == "int":
        return _PYTHON_TYPES[int]
    raise ValueError(f"Invalid dtype: {name!r}.{did_you_mean(name, ALLOWED_DTYPES)}")


class _Names(dict):
    """The name of each NumPy dtype seen so far: `dtype.name` computes it again each time, in 4 µs."""

    kind = str  # of the names of extension dtypes: the `tf` namespace has its own

    def __missing__(self, dtype):
        if is_extension(dtype):
            use_extension_dtypes()
            name = self.kind(dtype.name)
        else:
            name = dtype.name
        self[dtype] = name
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

    Raises:
        ValueError: float8, which must be cast explicitly, or text mixed with numbers.
    """
    dtype = _result_type(dtypes, floatx())
    return "string" if dtype.kind == "U" else dtype_name(dtype)


@cache
def _result_type(dtypes, default_float):
    """`result_type` as a NumPy dtype. It is cached, since the rules take 10 µs and the look-up takes 0.2."""
    named = [d if isinstance(d, type) and d in (int, float) else standardize_dtype(d) for d in dtypes]
    if any(dtype in FLOAT8_DTYPES for dtype in named):
        raise ValueError(
            "There is no implicit conversion of float8: it stores numbers, it does not compute. "
            f"Received the dtypes: {named}. Use "
            "`keras.ops.cast` to bring each to another dtype first."
        )
    result = named[0] if named else default_float
    for dtype in named[1:]:
        result = _promote(result, dtype)
    if result in (int, float):  # only Python numbers: with the width of the default float
        result = result.__name__ + ("16" if default_float == "bfloat16" else default_float.removeprefix("float"))
    return np.dtype("U") if result == "string" else np.dtype(result)


def _promote(a, b):
    """The common dtype of two: names, or the weak `int` and `float`."""
    if a == b:
        return a
    kinds = kind, other = _kind(a), _kind(b)
    if "string" in (a, b):
        raise ValueError(f"Text and numbers have no common dtype. Received the dtypes: {a} and {b}")
    if kind != other:
        return a if kind > other else b
    if {a, b} == {"bfloat16", "float16"}:
        return "float32"
    if kinds == (_INTEGER, _INTEGER) and a.startswith("u") != b.startswith("u"):
        promoted = np.promote_types(a, b)
        return float if promoted.kind == "f" else promoted.name  # uint64 with a signed integer
    return max(a, b, key=_width)


_WEAK_KINDS = {"bool": 0, int: 1, float: 3}
_INTEGER = 2


def _kind(dtype):
    """The position of a dtype in the order of kinds."""
    if dtype in _WEAK_KINDS:
        return _WEAK_KINDS[dtype]
    return 5 if dtype.startswith("complex") else 4 if "float" in dtype else _INTEGER


def _width(dtype):
    return np.dtype(dtype).itemsize


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
    return wrapped(x1, dtype), wrapped(x2, dtype)


def wrapped(x, dtype):
    """`x` as an array. A Python integer beyond an integer dtype wraps around, as in Keras: −1 as uint8 is 255."""
    try:
        return np.asarray(x, dtype)
    except OverflowError:
        if dtype.kind not in "iu":
            raise
        return np.asarray(x % 2**64, np.uint64).astype(dtype)


def as_float(x):
    """An array of a floating dtype: integers, booleans and Python numbers become `floatx()`.

    Raises:
        ValueError: it holds text.
    """
    if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
        return x
    if hasattr(x, "dtype") and x.dtype.kind == "O":
        raise ValueError(f"A function of numbers got text. Received: {np.ravel(x)[:3]}, of shape {x.shape}")
    return np.asarray(x, floatx() if not hasattr(x, "dtype") or x.dtype.kind in "biu" else None)
