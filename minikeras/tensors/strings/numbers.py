"""Converts strings to numbers, and numbers to strings."""

import math

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.strings.elementwise import object_array, text


def to_number(input, out_type="float32"):
    """The number that each string spells out, as float32, float64, int32 or int64.

    Raises:
        InvalidArgumentError: a string is not a number.
    """
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(to_number(input.flat_values, out_type))
    dtype = standardize_dtype(out_type)
    strings = byte_strings(input)
    parse = float if "float" in dtype else int
    array = None if _has_letters_of_its_own(strings) else _all_parsed(parse, strings, dtype)
    if array is None:
        array = _all_parsed(lambda string: _number(string, parse, dtype), strings, dtype)
    return Tensor(array.reshape(strings.shape))


def _has_letters_of_its_own(strings):
    """Whether a string may be a number in Python only (1_000) or in C only (0x1p3)."""
    content = b"".join(strings.ravel().tolist()).lower()
    return b"_" in content or b"x" in content


def _all_parsed(parse, strings, dtype):
    """An array of all numbers; None if `parse` raises ValueError for one, or a number is too large."""
    try:
        with np.errstate(over="ignore"):
            return np.fromiter(map(parse, strings.ravel().tolist()), dtype, strings.size)
    except (ValueError, OverflowError):
        return None


def _number(string, parse, dtype):
    try:
        if b"_" in string:
            raise ValueError
        number = float.fromhex(string.decode()) if parse is float and b"x" in string.lower() else parse(string)
        return number if parse is float else np.array(number, dtype)[()]
    except (ValueError, OverflowError):
        raise InvalidArgumentError(
            None, None, f"StringToNumberOp could not correctly convert string: {text(string)}"
        ) from None


def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill=""):
    """Numbers as text, formatted as by C's printf: %d, %f, with `scientific` %e, with `shortest` %g.

    Args:
        precision: digits after the point; 6 if −1.
        width: the least length; shorter texts are filled up, except booleans.
        fill: "0", "-" (fill at the right), "+", " " or "".

    Raises:
        InvalidArgumentError: both `scientific` and `shortest`, either of them or `precision` for integers or booleans,
            or another `fill`.
    """
    x = input.flat_values if isinstance(input, RaggedTensor) else data_tensor(input)
    kind = x.array.dtype.kind  # "V" for bfloat16 and the like
    if kind in "iub" and (precision > -1 or scientific or shortest):
        raise InvalidArgumentError(
            None, None, f"`precision`, `scientific` and `shortest` are for floating-point numbers. Received: {x.dtype}"
        )
    if scientific and shortest:
        raise InvalidArgumentError(None, None, "Give either `scientific` or `shortest`, not both.")
    if fill not in ("", " ", "0", "-", "+"):
        raise InvalidArgumentError(None, None, f"`fill` must be '', ' ', '0', '-' or '+'. Received: fill={fill!r}")
    letter = "d" if kind in "iu" else "e" if scientific else "g" if shortest else "f"
    flag = "" if kind == "u" and fill in " +" else fill
    number = _number_format(flag, width if width > -1 else "", f".{precision}" if precision > -1 else "", letter)
    forms = {
        "b": {False: b"false", True: b"true"}.get,
        "c": lambda z: b"(%s,%s)" % (number(z.real), number(z.imag)),
        "O": f"%{'-' * (fill == '-')}{width if width > -1 else ''}s".encode().__mod__,
    }
    strings = Tensor(object_array(map(forms.get(kind, number), x.array.ravel().tolist()), x.array.shape))
    return input.with_flat_values(strings) if isinstance(input, RaggedTensor) else strings


def _number_format(flag, width, precision, letter):
    """A function that formats a number as C's printf does, where infinity and NaN are not filled with zeros."""
    form = f"%{flag}{width}{precision}{letter}".encode()
    if flag != "0":
        return form.__mod__
    without = f"%{width}{precision}{letter}".encode()
    return lambda value: (form if math.isfinite(value) else without) % value
