"""Functions of each string by itself: case, length, parts, numbers."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.strings.elementwise import each, encoded, text
from minikeras.errors import InvalidArgumentError
from minikeras.ragged import RaggedTensor

_WHITESPACE = b" \t\n\r\x0b\x0c"


def lower(input, encoding="", name=None):
    """Small letters: of ASCII only, or of all scripts with encoding="utf-8"."""
    if _is_utf8(encoding):
        return each(lambda s: encoded(text(s).lower()), input)
    return each(bytes.lower, input)


def upper(input, encoding="", name=None):
    """Capital letters: of ASCII only, or of all scripts with encoding="utf-8"."""
    if _is_utf8(encoding):
        return each(lambda s: encoded(text(s).upper()), input)
    return each(bytes.upper, input)


def _is_utf8(encoding):
    if encoding not in ("", "utf-8"):
        raise ValueError(f"`encoding` must be '' or 'utf-8'. Received: encoding={encoding!r}")
    return encoding == "utf-8"


def strip(input, name=None):
    """Without whitespace at both ends."""
    return each(lambda s: s.strip(_WHITESPACE), input)


def length(input, unit="BYTE", name=None):
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


def substr(input, pos, len, unit="BYTE", name=None):
    """The part of each string from `pos` on (from the end if negative), `len` bytes or characters long.

    `pos` and `len` are numbers, or arrays that broadcast with the strings.

    Raises:
        InvalidArgumentError: a string is shorter than `pos`.
    """
    characters = _in_characters(unit)
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(substr(input.flat_values, pos, len, unit))
    strings, starts, lengths = np.broadcast_arrays(byte_strings(input), tensor(pos).array, tensor(len).array)
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


def to_number(input, out_type="float32", name=None):
    """The number that each string spells out, as float32, float64, int32 or int64.

    Raises:
        InvalidArgumentError: it spells none.
    """
    dtype = as_dtype(out_type).name
    parse = float if "float" in dtype else int

    def number(string):
        try:
            if b"_" in string:  # Python reads 1_000
                raise ValueError
            return np.asarray(parse(string), dtype)[()]
        except (ValueError, OverflowError):
            raise InvalidArgumentError(
                None, None, f"StringToNumberOp could not correctly convert string: {text(string)}"
            ) from None

    return each(number, input, dtype)


def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="", name=None):
    """Numbers as text, as C's printf formats them: %d, %f, with `scientific` %e, with `shortest` %g.

    Args:
        precision: digits after the point; 6 if −1.
        width: length to fill up to.
        fill: "0", "-" (fill at the right), "+", " " or "".
    """
    x = input.flat_values if isinstance(input, RaggedTensor) else tensor(input)
    if scientific and shortest:
        raise ValueError("Give either `scientific` or `shortest`, not both.")
    if fill not in ("", " ", "0", "-", "+"):
        raise ValueError(f"`fill` must be '', ' ', '0', '-' or '+'. Received: fill={fill!r}")
    style = f"%{fill}{width if width > -1 else ''}"
    letter = "e" if scientific else "g" if shortest else "f"
    decimals = f".{precision}" if precision > -1 else ""

    def formatted(value):
        if isinstance(value, bytes):
            return encoded(f"%{'-' * (fill == '-')}{width if width > -1 else ''}s" % text(value))
        if isinstance(value, bool):
            return encoded(f"{style}s" % ("true" if value else "false"))
        if isinstance(value, complex):
            part = f"{style}{decimals}{letter}"
            return encoded(f"({part},{part})" % (value.real, value.imag))
        return encoded(f"{style}{decimals}{letter}" % value if isinstance(value, float) else f"{style}d" % value)

    result = np.empty(x.array.size, object)
    result[:] = [formatted(value) for value in x.array.ravel().tolist()]
    strings = Tensor(result.reshape(x.array.shape))
    return input.with_flat_values(strings) if isinstance(input, RaggedTensor) else strings
