"""Packs two 4-bit integers into one byte, and unpacks them.

    byte = (second & 15) << 4  |  (first & 15)

first and second are adjacent along one axis, at an even and the following odd index.
"""

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor, as_array

_DTYPES = ("int8", "uint8")


def pack_int4(arr, axis=0, dtype="int8"):
    """Pack adjacent pairs along `axis` into one byte each; an odd last one is paired with 0.

    Args:
        arr: integers from −8 to 7 (int8), or from 0 to 15 (uint8); only their lowest four bits count.
        axis: axis of the pairs.
        dtype: "int8" or "uint8", that of `arr` and of the bytes.

    Returns:
        (bytes, their shape, the original length of `axis`)

    Raises:
        ValueError: another `dtype`.
        TypeError: `arr` is not of that dtype.
    """
    _check(dtype)
    array = as_array(arr)
    if array.dtype != dtype:
        raise TypeError(f"Expected {dtype} tensor for packing, with dtype={dtype!r}. Received: {array.dtype}")
    moved = np.moveaxis(array, axis, 0)
    length = moved.shape[0]
    if length % 2:
        moved = np.concatenate([moved, np.zeros((1, *moved.shape[1:]), array.dtype)])
    packed = (moved[1::2].view(np.uint8) << 4) | (moved[::2].view(np.uint8) & 15)
    packed = np.ascontiguousarray(np.moveaxis(packed.view(dtype), 0, axis))
    return Tensor(packed), packed.shape, length


def unpack_int4(packed, orig_len, axis=0, dtype="int8"):
    """The integers that `pack_int4` packed into bytes.

    Args:
        packed: bytes, int8 or uint8.
        orig_len: how many there were along `axis`.
        axis: axis of the pairs.
        dtype: "int8": integers from −8 to 7; "uint8": from 0 to 15.

    Raises:
        ValueError: another `dtype`.
        TypeError: `packed` does not hold one-byte integers.
    """
    _check(dtype)
    if not hasattr(packed, "dtype"):
        packed = Tensor(as_array(packed))
    if packed.dtype not in _DTYPES:
        raise TypeError(f"Expected int8 or uint8 tensor to unpack. Received: {packed.dtype}")
    return UnpackInt4(orig_len, axis, dtype)(packed)


class UnpackInt4(Op):
    """y[2i] = the lower, y[2i + 1] = the upper four bits of x[i] along `axis`, without what is past `length`."""

    differentiable = False

    def __init__(self, length, axis, dtype):
        self.length, self.axis, self.dtype = length, axis, dtype

    def forward(self, x):
        bits = np.moveaxis(x, self.axis, 0).view(self.dtype)
        y = np.empty((2 * bits.shape[0], *bits.shape[1:]), self.dtype)
        y[::2], y[1::2] = bits, bits >> 4  # of signed bytes this fills up with the sign
        if self.dtype == "int8":
            y[::2] <<= 4
            y[::2] >>= 4
        else:
            y[::2] &= 15
        return np.ascontiguousarray(np.moveaxis(y[: self.length], 0, self.axis))

    def output_shape(self, shape):
        length = shape[self.axis]
        shape = list(shape)
        shape[self.axis] = None if length is None else min(2 * length, self.length)
        return tuple(shape)

    def output_dtype(self, x):
        return self.dtype


def _check(dtype):
    if dtype not in _DTYPES:
        raise ValueError(f"Expected dtype to be 'int8' or 'uint8'. Received: {dtype!r}")
