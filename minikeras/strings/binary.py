"""Strings as bytes: numbers in them, base64, compression."""

import base64
import gzip
import zlib

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.dtypes import standardize_dtype
from minikeras.errors import DataLossError, InvalidArgumentError
from minikeras.strings.elementwise import each


def raw_length(dtype, fixed_length):
    """How many numbers `fixed_length` bytes are; None if the length is not known."""
    return None if fixed_length is None else int(fixed_length) // np.dtype(dtype).itemsize


def decode_raw(input_bytes, out_type, little_endian=True, fixed_length=None):
    """The bytes of each string read as numbers of a dtype, along a new last axis.

    Args:
        fixed_length: bytes of each string to read; shorter ones are filled up with zeros.

    Raises:
        InvalidArgumentError: the strings have different lengths, or their length is not that of integers.
    """
    dtype = np.dtype(standardize_dtype(out_type)).newbyteorder("<" if little_endian else ">")
    strings = byte_strings(input_bytes)
    flat = strings.ravel().tolist()
    if fixed_length is not None:
        flat = [string[:fixed_length].ljust(fixed_length, b"\0") for string in flat]
    lengths = sorted({len(string) for string in flat})
    if len(lengths) > 1:
        raise InvalidArgumentError(
            None, None, f"The strings to decode must have equal lengths. Received: lengths {lengths}"
        )
    if lengths and lengths[0] % dtype.itemsize:
        raise InvalidArgumentError(
            None, None, f"Input to DecodeRaw has length {lengths[0]} that is not a multiple of {dtype.itemsize}, the "
            f"size of {dtype.name}",
        )  # fmt: skip
    numbers = np.frombuffer(bytearray().join(flat), dtype)  # of a bytearray: arrays that may be written
    numbers = numbers.astype(dtype.newbyteorder("="), copy=False)
    return Tensor(numbers.reshape(*strings.shape, -1))


def encode_base64(input, pad=False):
    """Strings in base64, with the letters that are safe in web addresses; with "=" at the end if `pad`."""
    return each(lambda s: base64.urlsafe_b64encode(s) if pad else base64.urlsafe_b64encode(s).rstrip(b"="), input)


def decode_base64(input):
    """The strings that `encode_base64` was given.

    Raises:
        InvalidArgumentError: one has other characters, or a length that no text in base64 has.
    """
    return each(_decoded, input)


def _decoded(string):
    try:
        return base64.b64decode(string + b"=" * (-len(string) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise InvalidArgumentError(None, None, f"{string[:50]!r} is no text in base64. {error}") from None


def decode_compressed(input, compression_type=""):
    """The strings before compression with "ZLIB" or "GZIP"; themselves for ""."""
    functions = {"": lambda s: s, "ZLIB": zlib.decompress, "GZIP": gzip.decompress}
    if compression_type not in functions:
        raise InvalidArgumentError(None, None, f"Only ZLIB, GZIP or NONE are supported. Received: {compression_type!r}")
    try:
        return each(functions[compression_type], input)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise DataLossError(None, None, f"The string is not compressed with {compression_type}: {error}") from None
