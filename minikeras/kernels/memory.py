"""Makes the process keep the memory of freed arrays, instead of asking the system for fresh pages in every step.

A training step allocates and frees the same large arrays again and again. By default the C library (glibc) returns a
large array's memory to the system when it is freed and gets new pages for the next one, which the system clears first.
Plans allocate their arrays once, and take the same time either way; eager execution allocates them in each step. Eager
`fit`, medians of four runs each without and with the settings below, alternating, two cores of an AMD EPYC: a CNN (conv
32, pool, conv 64, pool, dense 128; 28×28 images, batch 128) 17.3 to 22.4 ms a step, 12.5 to 14.6, with 3390 page
faults a step or none; a VGG block (batch 32) 69 to 98 ms, 66 to 75, with up to 1510 faults or none. The peak memory of
the process is the same within 5 %, 165 and 206 MB. On two cores of an Intel Xeon of 2.8 GHz, medians of three runs: the
CNN 24 to 31 ms, 17 to 19; the VGG block 45 to 86, 47 to 53. On two of an Emerald Rapids the CNN 21 to 22 ms, 15 to 18;
the VGG block 47 to 51, 49 to 53.

That is safe: both settings are documented by glibc and only affect when free memory is returned to the system, which
happens at the latest when the process ends. Settings in the environment take precedence.
"""

import ctypes
import math
import os
import sys
import threading
from contextlib import contextmanager

import numpy as np

from minikeras.base.errors import InvalidArgumentError
from minikeras.config import threads

# Names of glibc's settings in malloc.h, and the environment variables by which a user sets them.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
ENVIRONMENT = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")

KEPT_BYTES = 1 << 30


def keep_freed_memory():
    """Makes glibc take arrays below 1 GB from its heap, and keep up to 1 GB of free memory at the heap's end.

    Called when a kernel is compiled, or loaded. Does nothing on other systems, or where the environment already sets
    one of these values. The process then stays about as large as its peak. Returns whether it took effect.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in ENVIRONMENT):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # absent from other C libraries, such as musl
    if mallopt is None:
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)) and bool(mallopt(M_TRIM_THRESHOLD, KEPT_BYTES))


LINE = 64  # bytes of a cache line, and of the widest vector register

_address = ctypes.c_ssize_t.from_address
# The offset in an array object of its data pointer: the first field, part of NumPy's ABI.
DATA_POINTER_OFFSET = object.__basicsize__


def address_of(array):
    """The address of an array's first element: 0.15 µs, where `array.__array_interface__` takes 0.8."""
    return _address(id(array) + DATA_POINTER_OFFSET).value


def addresses_of(arrays):
    """`address_of` for many arrays, in two thirds of the time each."""
    return [_address(id(array) + DATA_POINTER_OFFSET).value for array in arrays]


def owner_of(array):
    """The object that owns an array's memory, the same for all its views: an array, or NumPy's source of the memory."""
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return array


def extent(array):
    """The addresses (first, end) of the memory that holds an array's elements."""
    first = end = address_of(array)
    if array.size:
        end += array.itemsize
        for length, step in zip(array.shape, array.strides, strict=True):
            first, end = first + min(0, (length - 1) * step), end + max(0, (length - 1) * step)
    return first, end


def aligned(shape, dtype=np.float32):
    """An array of uninitialized elements that starts on a cache line.

    Raises:
        InvalidArgumentError: they would be Python objects, as those of string tensors are. Kernels take numbers only,
            and uninitialized references would end the process.
    """
    dtype = np.dtype(dtype)
    if dtype.hasobject:
        raise InvalidArgumentError(
            None, None, f"This computation takes numbers. Received: strings, or other Python objects; shape={shape}"
        )
    memory = np.empty(math.prod(shape) * dtype.itemsize + LINE, np.uint8)
    return np.ndarray(shape, dtype, memory, -address_of(memory) % LINE)


FEW = 1 << 14  # bytes


def empty(shape):
    """A float32 array of uninitialized elements: `aligned`, unless aligning it takes longer than it saves."""
    return np.empty(shape, np.float32) if 4 * math.prod(shape) <= FEW else aligned(shape)


def empty_like(array):
    """The same, with the shape of a contiguous float32 array."""
    return np.empty(array.shape, np.float32) if array.nbytes <= FEW else aligned(array.shape)


def as_rows(x):
    """An array as a matrix: all axes but the last are merged."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


class Workspaces(threading.local):
    """Workspaces shared by jobs that never run at the same time: those of one plan, one instruction after the other.
    Each is as large as the largest requested so far.

    Each Python thread has its own view of this: while `of_next_instruction()` is open, `scratch` in this thread takes
    from it. Elsewhere each call makes a new workspace.
    """

    def __init__(self):
        self.blocks = None  # in the order in which an instruction asks for them
        self.taken = 0

    @contextmanager
    def of_next_instruction(self, blocks):
        """Take workspaces from a list, which may grow, one for each call of `scratch` from now on."""
        before, self.blocks, self.taken = (self.blocks, self.taken), blocks, 0
        try:
            yield
        finally:
            self.blocks, self.taken = before

    def block(self, nbytes):
        """At least `nbytes` of the next workspace."""
        if self.taken == len(self.blocks):
            self.blocks.append(aligned((nbytes,), np.uint8))
        elif self.blocks[self.taken].nbytes < nbytes:
            self.blocks[self.taken] = aligned((nbytes,), np.uint8)
        self.taken += 1
        return self.blocks[self.taken - 1]


workspaces = Workspaces()


def scratch(length, dtype=np.float32):
    """A workspace for each thread, (threads, length): a task overwrites what an earlier task left there."""
    shape, dtype = (threads(), length), np.dtype(dtype)
    if workspaces.blocks is None or not length:
        return aligned(shape, dtype)
    nbytes = math.prod(shape) * dtype.itemsize
    return workspaces.block(nbytes)[:nbytes].view(dtype).reshape(shape)
