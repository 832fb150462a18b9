"""Strings to numbers, and numbers to strings."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.dtypes import standardize_dtype
from minikeras.errors import InvalidArgumentError
from minikeras.ops.conversion import data_tensor
from minikeras.ragged import RaggedTensor
from minikeras.strings.elementwise import each, encoded, text


def to_number(input, out_type="float32"):
    """The number that each string spells out, as float32, float64, int32 or int64.

    Raises:
        InvalidArgumentError: it spells none.
    """
    dtype = standardize_dtype(out_type)
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


def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill=""):
    """Numbers as text, as C's printf formats them: %d, %f, with `scientific` %e, with `shortest` %g.

    Args:
        precision: digits after the point; 6 if −1.
        width: length to fill up to.
        fill: "0", "-" (fill at the right), "+", " " or "".
    """
    x = input.flat_values if isinstance(input, RaggedTensor) else data_tensor(input)
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
