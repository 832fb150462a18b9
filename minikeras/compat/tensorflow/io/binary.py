"""Strings as bytes: numbers in them, base64, compression."""

import numpy as np

from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.packed_tensor import packed_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.kernels.strings.packed import rows_of_bytes


def raw_length(dtype, fixed_length):
    """How many numbers `fixed_length` bytes are; None if the length is not known."""
    return None if fixed_length is None else int(fixed_length) // np.dtype(dtype).itemsize


def decode_raw(input_bytes, out_type, little_endian=True, fixed_length=None):
    """The bytes of each string read as numbers of a dtype, along a new last axis.

    Args:
        fixed_length: bytes of each string to read; shorter ones are filled up with zeros.

    Raises:
        InvalidArgumentError: the strings have different lengths, or a length that is no multiple of the dtype's size.
    """
    dtype = np.dtype(standardize_dtype(out_type)).newbyteorder("<" if little_endian else ">")
    strings, shape, _owner = packed_strings(input_bytes)
    length = fixed_length
    if fixed_length is None:
        length = int(strings.lengths[0]) if len(strings) else 0
        if (strings.lengths != length).any():
            raise InvalidArgumentError(
                None, None, "The strings to decode must have equal lengths. Received: lengths "
                f"{np.unique(strings.lengths).tolist()}",
            )  # fmt: skip
        if length % dtype.itemsize:
            raise InvalidArgumentError(
                None, None, f"Input to DecodeRaw has length {length} that is not a multiple of {dtype.itemsize}, the "
                f"size of {dtype.name}",
            )  # fmt: skip
    numbers = rows_of_bytes(strings, length).view(dtype).astype(dtype.newbyteorder("="), copy=False)
    return Tensor(numbers.reshape(*shape, numbers.shape[1]))
