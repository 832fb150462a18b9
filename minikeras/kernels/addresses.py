"""Addresses of array elements, for kernels that compute their own strides.

In Python a debugger and the references use them; in compiled code they are single instructions.
"""

import ctypes
import math

import numpy as np

from minikeras.kernels.registry import native


@native("minikeras.kernels.machine.intrinsics:address")
def address(array, offset):
    """The address of the element at `offset` in a C-contiguous array, as an integer."""
    return array.__array_interface__["data"][0] + int(offset) * array.itemsize


@native("minikeras.kernels.machine.translation.calls:floats_at")
def floats_at(start, length):
    """The `length` float32 values that begin at an address, as an array."""
    return view(start, (length,))


@native("minikeras.kernels.machine.translation.calls:tuple_of")
def tuple_of(array, length):
    """The `length` elements of a one-dimensional array, a constant, as a tuple, which can be passed on with `*`."""
    return tuple(array[:length])


@native("minikeras.kernels.machine.instructions:copy_bytes")
def copy_bytes(target, source, count):
    """Copy `count` bytes between addresses that do not overlap, by the C library's memcpy: 50 GB/s in cache."""
    ctypes.memmove(int(target), int(source), int(count))


def view(start, shape, steps=None, dtype=np.float32):
    """The elements at the addresses start + Σ index · step as an array, for the Python form of a kernel.

    It is a view: writing to it writes to that memory, whose owner must stay alive.

    Args:
        start: the address of the first element.
        shape: of the array; empty if a length is not positive.
        steps: for each axis, from one element to the next, counted in elements; may be negative. None: without
            gaps.
        dtype: of the elements.
    """
    dtype = np.dtype(dtype)
    if shape and min(shape) <= 0:
        return np.empty([max(0, count) for count in shape], dtype)
    strides = None if steps is None else [dtype.itemsize * int(step) for step in steps]
    if strides is None:
        first, length = 0, math.prod(map(int, shape)) * dtype.itemsize
    else:
        reach = [(int(count) - 1) * stride for count, stride in zip(shape, strides, strict=True)]
        first = sum(min(0, distance) for distance in reach)
        length = sum(max(0, distance) for distance in reach) + dtype.itemsize - first
    memory = (ctypes.c_char * length).from_address(int(start) + first)
    return np.ndarray(shape, dtype, memory, -first, strides)
