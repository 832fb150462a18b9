"""Conversion of arrays to `TensorProto`s and shapes to `TensorShapeProto`s, and back."""

import math

import numpy as np

from minikeras.base.extension_dtypes import EXTENSION_DTYPES, use_extension_dtypes
from minikeras.base.loading_limits import loading_limits
from minikeras.formats.protobuf.tensor_message import DTYPE_NAMES, DTYPE_NUMBERS
from minikeras.formats.saved_model.messages import Dim, TensorProto, TensorShapeProto

RESOURCE, VARIANT = 20, 21  # numbers of dtypes that arrays do not have
LISTS = {
    "float32": "float_val",
    "float64": "double_val",
    **dict.fromkeys(("int32", "uint8", "int16", "int8", "uint16"), "int_val"),
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
    "int64": "int64_val",
    "bool": "bool_val",
    "float16": "half_val",
    "bfloat16": "half_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
}
"""The field with the elements of each dtype, where they are not bytes; those of half_val are 16 bits each."""


def dtype_number(dtype):
    """The number of a dtype, given by name or as a NumPy dtype (object for strings)."""
    name = dtype if isinstance(dtype, str) else np.dtype(dtype).name
    return DTYPE_NUMBERS["string" if name == "object" else name]


def dtype_name(number):
    """The name of a dtype: "float32", "string", ….

    Raises:
        ValueError: it is not a dtype of arrays.
    """
    if number not in DTYPE_NAMES:
        raise ValueError(f"There are no arrays of TensorFlow's dtype number {number}.")
    return DTYPE_NAMES[number]


def shape_message(shape):
    """The message of a shape: lengths, None for an unknown one; or None for an unknown number of axes."""
    if shape is None:
        return TensorShapeProto(unknown_rank=True)
    return TensorShapeProto(dim=[Dim(size=-1 if length is None else int(length)) for length in shape])


def shape_of(message):
    """The shape in a message: a tuple with None for unknown lengths, or None."""
    if message is None or message.unknown_rank:
        return None
    return tuple(None if dim.size < 0 else dim.size for dim in message.dim)


def tensor_message(array):
    """The message of an array, of numbers or of bytes objects."""
    array = np.asarray(array)
    message = TensorProto(dtype=dtype_number(array.dtype), tensor_shape=shape_message(array.shape))
    if array.dtype == object:
        message.string_val = [bytes(string) for string in array.ravel().tolist()]
    else:
        message.tensor_content = np.ascontiguousarray(array).tobytes()
    return message


def array_of(message):
    """The array in a message, which may be read-only. The last listed element is repeated for all that follow.

    Raises:
        ValueError: a dtype without arrays, a wrong number of elements, or a size beyond the limit (`file` of
            `keras.config.set_loading_limits`).
    """
    name = dtype_name(message.dtype)
    if name in EXTENSION_DTYPES or name.startswith("float8"):
        use_extension_dtypes()
    dtype = np.dtype(object if name == "string" else name)
    shape = shape_of(message.tensor_shape) or ()
    if None in shape:
        raise ValueError(f"An array has no unknown lengths. Received: {shape}")
    size = math.prod(shape)
    values = _values(message, name, dtype)
    if values.size == size:
        return values.reshape(shape)
    if values.size > size:
        raise ValueError(f"An array of shape {shape} has {size} elements, and {values.size} are listed.")
    if values.size <= 1:  # without memory: a few bytes of a file may stand for any size
        one = values[0] if values.size else b"" if name == "string" else dtype.type()
        return np.broadcast_to(np.array(one, dtype), shape)
    if size * dtype.itemsize > loading_limits()["file"]:
        raise ValueError(f"A constant of shape {shape} and dtype {name} is larger than what is read of a file.")
    return np.concatenate([values, np.full(size - values.size, values[-1], dtype)]).reshape(shape)


def _values(message, name, dtype):
    if name == "string":
        values = np.empty(len(message.string_val), object)
        values[:] = message.string_val
        return values
    content = message.tensor_content or (message.float8_val if name.startswith("float8") else b"")
    if content:
        return np.frombuffer(content, dtype)
    if name not in LISTS:
        return np.empty(0, dtype)
    listed = getattr(message, LISTS[name])
    if LISTS[name] == "half_val":
        return np.asarray(listed, np.uint32).astype(np.uint16).view(dtype)
    if dtype.kind == "c":
        return np.asarray(listed, dtype.name.replace("complex64", "float32").replace("complex128", "float64")).view(
            dtype
        )
    try:
        return np.asarray(listed).astype(dtype) if listed else np.empty(0, dtype)
    except OverflowError:
        raise ValueError(f"An array of {name} has elements that do not fit.") from None
