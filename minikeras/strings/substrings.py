"""Lengths and parts of strings, counted in bytes or in characters."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.errors import InvalidArgumentError
from minikeras.ops.conversion import data_tensor
from minikeras.ragged import RaggedTensor
from minikeras.strings.elementwise import each, encoded, text


def length(input, unit="BYTE"):
    """The number of bytes, or with unit="UTF8_CHAR" of characters, int32."""
    if _in_characters(unit):
        return each(_count_characters, input, np.int32)
    return each(len, input, np.int32)


def _in_characters(unit):
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise ValueError(f"`unit` must be 'BYTE' or 'UTF8_CHAR'. Received: unit={unit!r}")
    return unit == "UTF8_CHAR"


def _count_characters(string):
    return sum((byte & 0xC0) != 0x80 for byte in string)  # all bytes but those that continue a character


def substr(input, pos, len, unit="BYTE"):
    """The part of each string from `pos` on (from the end if negative), `len` bytes or characters long.

    `pos` and `len` are numbers, or arrays that broadcast with the strings.

    Raises:
        InvalidArgumentError: a string is shorter than `pos`.
    """
    characters = _in_characters(unit)
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(substr(input.flat_values, pos, len, unit))
    strings, starts, lengths = np.broadcast_arrays(byte_strings(input), data_tensor(pos).array, data_tensor(len).array)
    result = np.empty(strings.shape, object)
    for place in np.ndindex(strings.shape):
        result[place] = _part(strings[place], int(starts[place]), int(lengths[place]), characters)
    return Tensor(result)


def _part(string, start, length, characters):
    units = text(string) if characters else string
    if not -len(units) <= start <= len(units):
        raise InvalidArgumentError(None, None, f"pos {start} out of range for string {string!r}")
    start = start + len(units) if start < 0 else start
    part = units[start : start + max(length, 0)]
    return encoded(part) if characters else part
