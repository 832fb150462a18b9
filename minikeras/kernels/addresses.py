"""Addresses of array elements, for kernels that walk through memory in steps of their own.

In Python they serve a debugger and the references; compiled code gets single instructions.
"""

import ctypes

import numpy as np

from minikeras.kernels.registry import native


@native("minikeras.kernels.machine.intrinsics:address")
def address(array, offset):
    """The address of the number at `offset` in a C-contiguous array, as an integer."""
    return array.__array_interface__["data"][0] + int(offset) * array.itemsize


@native("minikeras.kernels.machine.translation.calls:floats_at")
def floats_at(start, length):
    """The `length` float32 numbers that begin at an address, as an array."""
    return np.frombuffer((ctypes.c_float * int(length)).from_address(int(start)), np.float32)


@native("minikeras.kernels.machine.translation.calls:tuple_of")
def tuple_of(array, length):
    """The `length` numbers of a one-dimensional array, a constant, as a tuple, which can be passed on with `*`."""
    return tuple(array[:length])


@native("minikeras.kernels.machine.instructions:copy_bytes")
def copy_bytes(target, source, count):
    """Copy `count` bytes to an address from another; the two places lie apart. By the C library: 50 GB/s in cache."""
    ctypes.memmove(int(target), int(source), int(count))


def view(start, shape, steps):
    """The float32 numbers at address `start` + Σ index · step, as an array; steps count numbers. For Python only."""
    length = 1 + sum((count - 1) * step for count, step in zip(shape, steps, strict=True)) if min(shape) > 0 else 0
    numbers = (
        np.frombuffer((ctypes.c_float * length).from_address(int(start)), np.float32) if length else np.zeros(0, "f")
    )
    return np.lib.stride_tricks.as_strided(numbers, shape, [4 * int(step) for step in steps])
