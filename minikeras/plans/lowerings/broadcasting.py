"""Operands of elementwise ops in the shape of the result: as they are, or repeated along axes of length 1."""

import numpy as np

from minikeras.autodiff.shapes import broadcast_shapes
from minikeras.kernels.memory import aligned
from minikeras.kernels.strided_copies import copy_jobs


def broadcasts_to(slots, indices, shape, dtype=np.float32):
    """Whether these slots hold numbers, or arrays of the dtype, that broadcast to a shape with at least one element."""
    if 0 in shape or any(not _holds(slots[i], dtype) for i in indices):
        return False
    return broadcast_shapes(*[slots[i].shape for i in indices], shape) == shape


def _holds(slot, dtype):
    is_number = slot.kind == "constant" and slot.shape == () and type(slot.value) in (int, float, bool)
    return represents(dtype, slot.value) if is_number else slot.dtype == dtype


def represents(dtype, value):
    """Whether a Python number stays what it is among arrays of a dtype; 0.5 does not among integers."""
    limits = np.iinfo(dtype) if np.dtype(dtype).kind == "i" else None
    return limits is None or (value == value // 1 and limits.min <= value <= limits.max)


def slots_of_arrays(slots, indices):
    """Those of the slots that hold arrays, not numbers."""
    return [i for i in indices if slots[i].dtype is not None]


def repeated(arrays, slots, i, shape, dtype=np.float32):
    """(jobs, flat array): the values of a slot repeated to a shape, by these jobs if they are not so already.

    A constant is repeated now.
    """
    slot = slots[i]
    if slot.kind == "constant":
        return [], np.ascontiguousarray(np.broadcast_to(np.asarray(slot.value, dtype), shape)).reshape(-1)
    if slot.shape == shape:
        return [], arrays[i].reshape(-1)
    copy = aligned(shape, dtype)
    return copy_jobs(np.broadcast_to(arrays[i], shape), copy), copy.reshape(-1)


def all_repeated(arrays, slots, indices, shape, dtype=np.float32):
    """(jobs, flat arrays) for several slots."""
    found = [repeated(arrays, slots, i, shape, dtype) for i in indices]
    return [job for jobs, _ in found for job in jobs], [array for _, array in found]
