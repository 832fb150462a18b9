"""Lengths and parts of strings, counted in bytes or in characters."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.kernels.strings.packed import lengths_of
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.strings.elementwise import each, encoded, object_array, text


def length(input, unit="BYTE"):
    """The number of bytes, or with unit="UTF8_CHAR" of characters, int32."""
    if _in_characters(unit):
        return each(_count_characters, input, np.int32)
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(length(input.flat_values))
    array = byte_strings(input)
    return Tensor(lengths_of(array.ravel()).astype(np.int32).reshape(array.shape))


def _in_characters(unit):
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise ValueError(f"`unit` must be 'BYTE' or 'UTF8_CHAR'. Received: unit={unit!r}")
    return unit == "UTF8_CHAR"


def _count_characters(string):
    return sum((byte & 0xC0) != 0x80 for byte in string)  # all bytes but those that continue a character


def substr(input, pos, len, unit="BYTE"):
    """The part of each string that begins at `pos` (from the end if negative) and is `len` bytes or characters long.

    `pos` and `len` are numbers, or arrays of one shape that broadcast with the strings. A negative `len` means all the
    rest of the bytes, but no characters.

    Raises:
        InvalidArgumentError: a string is shorter than `pos`, or `pos` and `len` have different shapes.
    """
    characters = _in_characters(unit)
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(substr(input.flat_values, pos, len, unit))
    starts, lengths = data_tensor(pos).array, data_tensor(len).array
    if starts.shape != lengths.shape:
        message = f"`pos` and `len` must have the same shape. Received: shapes {starts.shape} and {lengths.shape}"
        raise InvalidArgumentError(None, None, message)
    arrays = np.broadcast_arrays(byte_strings(input), starts, lengths)
    part = _characters_of if characters else _bytes_of
    return Tensor(object_array(map(part, *[array.ravel().tolist() for array in arrays]), arrays[0].shape))


def _part(units, start, length):
    if not -len(units) <= start <= len(units):
        raise InvalidArgumentError(None, None, f"pos {start} out of range for string {units!r}")
    start = start + len(units) if start < 0 else start
    return units[start : start + length]


def _bytes_of(string, start, length):
    return _part(string, start, length if length >= 0 else len(string))


def _characters_of(string, start, length):
    return encoded(_part(text(string), start, max(length, 0)))
