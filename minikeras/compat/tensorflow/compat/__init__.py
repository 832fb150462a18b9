"""`tf.compat`: names of TensorFlow 1, and conversions between bytes and text."""

import numbers
import os

import numpy as np

from minikeras.compat.tensorflow.compat import v1

__all__ = [
    "as_bytes",
    "as_str",
    "as_str_any",
    "as_text",
    "bytes_or_text_types",
    "complex_types",
    "dimension_at_index",
    "dimension_value",
    "forward_compatible",
    "integral_types",
    "path_to_str",
    "real_types",
    "v1",
    "v2",
]

integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)
bytes_or_text_types = (bytes, str)


v2 = None  # the tf namespace itself


def set_namespace(tensorflow):
    """Give this module the tf namespace, which imports it: `v2`, and most names of `v1`."""
    global v2
    v2 = v1.tensorflow = tensorflow


def as_bytes(bytes_or_text, encoding="utf-8"):
    """Text as bytes; bytes unchanged.

    Raises:
        TypeError: neither.
    """
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text, encoding="utf-8"):
    """Bytes as text; text unchanged.

    Raises:
        TypeError: neither.
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_str(bytes_or_text, encoding="utf-8"):
    """Alias of `as_text`."""
    return as_text(bytes_or_text, encoding)


def as_str_any(value, encoding="utf-8"):
    """Anything as text: bytes decoded, the rest by `str`."""
    return as_text(value, encoding) if isinstance(value, bytes) else str(value)


def path_to_str(path):
    """A path object as a string; anything else unchanged."""
    return as_str_any(os.fspath(path)) if hasattr(path, "__fspath__") else path


def dimension_value(dimension):
    """A length as a plain integer, or None."""
    return None if dimension is None else int(dimension)


def dimension_at_index(shape, index):
    """The length of one axis; None if the number of axes is unknown."""
    return None if shape.rank is None else shape.dims[index]


def forward_compatible(year, month, day):
    """True: there are no older readers of graphs."""
    return True
