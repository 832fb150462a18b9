"""Converts Examples in protocol buffers' JSON form to their binary form.

    {"features": {"feature": {"age": {"int64List": {"value": ["29"]}}, "name": {"bytesList": {"value": ["Wm9l"]}}}}}

Integers may be strings, floats too ("NaN", "Infinity"), and bytes are text in base 64. Names of fields may have
underscores in place of capitals.
"""

import base64
import json

import numpy as np

from minikeras.autodiff.tensor import string_tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.formats.protobuf.wire_format import field, varint
from minikeras.ops.conversion import data_tensor

_NOT_NUMBERS = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}


def decode_json_example(json_examples):
    """The binary form of each of the examples, a string tensor of the same shape.

    Raises:
        InvalidArgumentError: one is not an example.
        TypeError: not a string tensor.
    """
    texts = data_tensor(json_examples)
    if texts.dtype != "string":
        raise TypeError(f"`json_examples` must be strings. Received: dtype={texts.dtype}")
    found = np.empty(texts.shape, object)
    for place in np.ndindex(found.shape):
        found[place] = _serialized(texts.array[place])
    return string_tensor(found)


def _serialized(text):
    try:
        example = json.loads(text)
        features = _only(_only(example, "features"), "feature")
        entries = [field(1, field(1, name.encode()) + field(2, _feature(value))) for name, value in features.items()]
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidArgumentError(
            None, None, f"The JSON of an example cannot be read: {error}. Received: {text!r:.200}"
        ) from error
    return field(1, b"".join(entries)) if "features" in example else b""


def _feature(value):
    """The binary form of a feature: of one list, or of none. Numbers stand one by one, as TensorFlow writes them."""
    if not isinstance(value, dict) or len(value) > 1:
        raise ValueError(f"a feature has one list of values, not {value!r:.100}")
    for name, content in value.items():
        numbers = _only(content, "value", [])
        kind = name.replace("_l", "L")
        if kind == "int64List":
            return field(3, b"".join(b"\x08" + varint(_integer(number) % 2**64) for number in numbers))
        if kind == "floatList":
            return field(2, b"".join(b"\x0d" + np.array(_float(number), "<f4").tobytes() for number in numbers))
        if kind == "bytesList":
            return field(1, b"".join(field(1, base64.b64decode(number, validate=True)) for number in numbers))
        raise ValueError(f"there is no field {name!r} in a feature")
    return b""


def _only(message, name, default=None):
    """The field `name`, the only one of a message."""
    if not isinstance(message, dict) or set(message) - {name}:
        raise ValueError(f"a message with the field {name!r} alone was expected, not {message!r:.100}")
    return message.get(name, {} if default is None else default)


def _integer(number):
    if isinstance(number, float) and not number.is_integer():
        raise ValueError(f"{number} is not an integer")
    return int(number)


def _float(number):
    return _NOT_NUMBERS[number] if number in _NOT_NUMBERS else float(number)
