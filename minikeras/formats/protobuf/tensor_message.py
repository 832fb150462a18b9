"""Serialization of a tensor as the protocol buffer `TensorProto`, as in TensorFlow's strings and files.

    1: dtype (number)   2: shape (2: axes, each 1: length)   4: the elements' bytes in one   8: strings, one by one

TensorFlow also reads other forms, with the elements in a list; `tf.io.serialize_tensor` does not write them.
"""

import numpy as np

from minikeras.base.errors import InvalidArgumentError
from minikeras.base.extension_dtypes import EXTENSION_DTYPES, use_extension_dtypes
from minikeras.formats.protobuf.wire_format import VARINT, field, fields, signed, varint

DTYPE_NUMBERS = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "string": 7, "complex64": 8, "int64": 9,
    "bool": 10, "bfloat16": 14, "uint16": 17, "complex128": 18, "float16": 19, "uint32": 22, "uint64": 23,
    "float8_e5m2": 24, "float8_e4m3fn": 25,
}  # fmt: skip
DTYPE_NAMES = {number: name for name, number in DTYPE_NUMBERS.items()}


def written_tensor(array):
    """The message of an array (of numbers, or of bytes objects)."""
    name = "string" if array.dtype == object else array.dtype.name
    axes = b"".join(field(2, varint(1 << 3 | VARINT) + varint(length) if length else b"") for length in array.shape)
    head = varint(1 << 3 | VARINT) + varint(DTYPE_NUMBERS[name]) + field(2, axes)
    if name == "string":
        return head + b"".join(field(8, string) for string in array.ravel().tolist())
    content = np.ascontiguousarray(array).tobytes()
    return head + (field(4, content) if content else b"")


def read_tensor(message):
    """The array of a message.

    Raises:
        InvalidArgumentError: it is not one, or has a form that `serialize_tensor` does not write.
    """
    number, shape, content, strings = 0, [], b"", []
    try:
        for place, kind, value in fields(message):
            if place == 1:
                number = value
            elif place == 2:
                shape = [_length(axis) for inner, _, axis in fields(value) if inner == 2]
            elif place == 4:
                content = value
            elif place == 8:
                strings.append(value)
            elif kind is not None and place not in (3,):
                raise ValueError(f"its elements come one by one (field {place})")
        name = DTYPE_NAMES[number]
        if name == "string":
            array = np.empty(len(strings), object)
            array[:] = strings
            return array.reshape(shape)
        if name in EXTENSION_DTYPES:
            use_extension_dtypes()
        return np.frombuffer(content, name).reshape(shape).copy()
    except (ValueError, KeyError) as error:
        raise InvalidArgumentError(None, None, f"Could not parse `serialized` as TensorProto: {error}") from None


def _length(axis):
    return next((signed(value) for place, _, value in fields(axis) if place == 1), 0)
