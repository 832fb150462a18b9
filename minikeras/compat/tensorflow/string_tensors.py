"""String tensors: a Tensor whose array holds Python `bytes`, with the dtype "string".

TensorFlow's strings are byte strings of any length. NumPy's own (`S5`, `U5`) have one length for all and lose zero bytes at
the end, so the array is one of Python objects. Text is encoded as UTF-8 when it becomes a tensor, and `.numpy()` gives bytes.
"""

import numpy as np

from minikeras import dtypes
from minikeras.autodiff.tensor import Tensor

# The name of an object array's dtype: such arrays are made here only.
dtypes._NAMES.setdefault(np.dtype(object), "string")


def holds_strings(value):
    """Whether `value` is text or bytes, or nested lists or an array of them."""
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    if isinstance(value, (str, bytes)):
        return True
    dtype = getattr(value, "array", value)
    dtype = getattr(dtype, "dtype", None)
    return getattr(dtype, "kind", "") in ("U", "S", "O")


def byte_strings(value):
    """The array of `bytes` objects of a string tensor, text, bytes, nested lists or an array of them.

    Raises:
        TypeError: something in it is neither text nor bytes.
    """
    if isinstance(value, Tensor) and value.array.dtype == object:
        return value.array
    array = np.asarray(value.array if isinstance(value, Tensor) else _as_objects(value), dtype=object)
    encoded = np.empty(array.shape, object)
    for place, item in np.ndenumerate(array):
        encoded[place] = _encoded(item)
    return encoded


def _as_objects(value):
    """Nested lists of strings (or of string tensors) as an object array; NumPy would cut bytes at zeros otherwise."""
    if isinstance(value, Tensor):
        return value.array
    if isinstance(value, (list, tuple)):
        rows = [_as_objects(item) for item in value]
        shapes = {row.shape for row in rows}
        if len(shapes) > 1:
            raise ValueError(
                f"All rows of a tensor must have the same shape. Received rows of shapes {sorted(shapes)}."
            )
        joined = np.empty((len(rows), *(shapes.pop() if shapes else ())), object)
        for i, row in enumerate(rows):
            joined[i] = row[()] if row.ndim == 0 else row
        return joined
    if isinstance(value, np.ndarray):
        return value.astype(object)
    scalar = np.empty((), object)
    scalar[()] = value if not hasattr(value, "__array__") else None
    return scalar if scalar[()] is not None else np.asarray(value, object)


def _encoded(item):
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, bytes):
        return bytes(item)
    raise TypeError(f"A string tensor holds text or bytes. Received: {item!r} of type {type(item).__name__}")


def string_tensor(value):
    """`value` (text, bytes, nested lists or an array of them) as a string tensor."""
    return Tensor(byte_strings(value))
