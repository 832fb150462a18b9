"""`PackedStrings`: many strings as one array of bytes, which compiled loops can read.

A string tensor is an array of Python objects, each somewhere in memory. Kernels read the bytes of all strings one after
another instead, with the position and length of each.
"""

import ctypes
import sys
from functools import cache
from typing import NamedTuple

import numpy as np

from minikeras.kernels.addresses import address, copy_bytes
from minikeras.kernels.job_lists import run
from minikeras.kernels.machine.words import load_word
from minikeras.kernels.memory import address_of
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import compiles
from minikeras.kernels.tasks import bytes_, integers, task_kernel

ENOUGH = 2048
"""Strings from which compiled loops are used: Python takes about a millisecond for fewer, and compiles nothing."""

FEW = 256  # strings whose lengths Python has found before a job is made
PER_TASK = 1024  # strings


class PackedStrings(NamedTuple):
    """The bytes of strings, uint8; where each begins, and its length, int64."""

    content: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    def __len__(self):
        return len(self.lengths)

    def objects(self):
        """All strings, a list of `bytes` objects."""
        content, ends = memoryview(self.content), self.starts + self.lengths
        return [content[start:end].tobytes() for start, end in zip(self.starts.tolist(), ends.tolist(), strict=True)]

    def at(self, positions):
        """The strings at positions, a list of `bytes` objects."""
        content, starts = self.content.tobytes(), self.starts[positions]
        ends = starts + self.lengths[positions]
        return [content[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def tasks(self):
        """The number of tasks with PER_TASK strings each."""
        return -(-len(self.lengths) // PER_TASK)


def packed(strings):
    """The strings of a list of `bytes` objects or of a flat object array of them, one after another."""
    by_jobs = isinstance(strings, np.ndarray) and len(strings) >= ENOUGH and compiles() and layout_is_known()
    if by_jobs:
        return _packed_by_jobs(np.ascontiguousarray(strings))
    return packed_reference(strings)


def in_place(strings, enough=ENOUGH):
    """The strings of a flat object array for kernels that only read them, where their objects are in memory.

    The array must outlive the result. Its `content` is from the first string in memory to the end of the last, and only
    the bytes of the strings in it may be read. Copying them (`packed`) takes as long as hashing them.

    Args:
        enough: from this many strings on, they are not copied.
    """
    if len(strings) < enough or not (compiles() and layout_is_known()):
        return packed_reference(strings)
    strings = np.ascontiguousarray(strings)
    lengths = _lengths(strings)
    if lengths is None:
        return packed_reference(strings)
    addresses = np.ndarray(strings.shape, np.int64, strings)
    lowest = int(addresses.min())
    starts = addresses - lowest
    content = np.frombuffer(_ANY_LENGTH.from_address(lowest + CONTENT), np.uint8, int((starts + lengths).max()) + 1)
    return PackedStrings(content, starts, lengths)  # with a byte more: it must not be empty


def lengths_of(strings):
    """The lengths of the strings of a flat object array, int64."""
    by_jobs = len(strings) >= ENOUGH and compiles() and layout_is_known()
    lengths = _lengths(np.ascontiguousarray(strings)) if by_jobs else None
    return np.fromiter(map(len, strings.tolist()), np.int64, len(strings)) if lengths is None else lengths


def rows_of_bytes(strings, length):
    """The bytes of `PackedStrings`, cut to one length or filled up with zeros: uint8, (strings, length)."""
    rows = np.empty((len(strings), length), np.uint8)
    if rows.size < ENOUGH or not compiles():
        rows[:] = 0
        for row, start, count in zip(rows, strings.starts.tolist(), strings.lengths.tolist(), strict=True):
            row[:count] = strings.content[start : start + min(count, length)]
    else:
        run_prepared(row_jobs, (strings.starts + address_of(strings.content), strings.lengths, rows))
    return rows


def row_jobs(addresses, lengths, rows):
    """The job that copies strings at addresses into the rows of a matrix."""
    return [copy_rows.job(-(-len(rows) // PER_TASK), addresses, lengths, rows, PER_TASK)]


def copying_jobs(addresses, content, starts, lengths, offset):
    """The job that copies strings into `content`, the bytes that are `offset` after their addresses."""
    tasks = -(-len(starts) // PER_TASK)
    return [copy_contents.job(tasks, addresses, content, starts, lengths, offset, PER_TASK)]


def packed_reference(strings):
    """The same by Python.

    Raises:
        TypeError: one of the objects is no `bytes`.
    """
    strings = strings.tolist() if isinstance(strings, np.ndarray) else strings
    try:
        content = b"".join(strings)
    except TypeError:
        other = next(string for string in strings if not isinstance(string, bytes))
        raise TypeError(f"A string tensor holds `bytes`. Received: {other!r} of type {type(other).__name__}") from None
    lengths = np.fromiter(map(len, strings), np.int64, len(strings))
    content = np.frombuffer(content or b"\0", np.uint8)  # not empty: it must have an address
    return PackedStrings(content, np.cumsum(lengths) - lengths, lengths)


# --- `bytes` objects in memory ----------------------------------------------------------------------------------------
# `tolist`, `len` and `join` take 90 ns a string, reading the objects where they are 20 (200,000 words).

TYPE = object.__basicsize__ - 8  # where an object holds the address of its class, in bytes from its start
LENGTH = object.__basicsize__  # where an object of variable size holds its length
CONTENT = bytes.__basicsize__ - 1  # where the bytes begin; the size includes the zero byte at the end
_ANY_LENGTH = ctypes.c_uint8 * (sys.maxsize >> 1)  # a type for each length would take 10 µs, and would be kept


@cache
def layout_is_known():
    """Whether `bytes` objects look in memory as CPython's do: a header, the length, a cached hash, the content."""
    if sys.implementation.name != "cpython":
        return False
    sample = b"a sample of some length"
    kind, length = (ctypes.c_ssize_t.from_address(id(sample) + place).value for place in (TYPE, LENGTH))
    return kind == id(bytes) and length == len(sample) and ctypes.string_at(id(sample) + CONTENT, length) == sample


def _packed_by_jobs(strings):
    lengths = _lengths(strings)
    if lengths is None:
        return packed_reference(strings)
    ends = np.cumsum(lengths)
    result = PackedStrings(np.empty(max(1, ends[-1]), np.uint8), ends - lengths, lengths)
    run(copying_jobs(strings, *result, CONTENT))
    return result


def _lengths(strings):
    """The lengths of the strings of a contiguous object array; None if one of its objects is no `bytes`."""
    if len(strings) < FEW:
        strings = strings.tolist()
        return np.fromiter(map(len, strings), np.int64, len(strings)) if set(map(type, strings)) == {bytes} else None
    lengths = np.empty(len(strings), np.int64)
    tasks = -(-len(strings) // PER_TASK)
    run([read_lengths.job(tasks, strings, lengths, id(bytes), TYPE, LENGTH, PER_TASK)])
    return None if lengths.min() < 0 else lengths


@task_kernel
def read_lengths(
    task, strings: integers(1), lengths: integers(1), kind: int, kind_at: int, length_at: int, per_task: int
):
    """For some strings, −1 for objects other than `bytes`; the elements of `strings` are the addresses of the objects.

    Not every object array holds `bytes` alone: NumPy fills with None, the number 0, or no object at all.
    """
    for i in range(task * per_task, min(len(lengths), (task + 1) * per_task)):
        lengths[i] = -1
        if strings[i] != 0 and load_word(strings[i] + kind_at) == kind:
            lengths[i] = load_word(strings[i] + length_at)


@task_kernel
def copy_contents(
    task, strings: integers(1), content: bytes_(1), starts: integers(1), lengths: integers(1), offset: int,
    per_task: int,
):  # fmt: skip
    """For some strings."""
    for i in range(task * per_task, min(len(lengths), (task + 1) * per_task)):
        copy_bytes(address(content, starts[i]), strings[i] + offset, lengths[i])


@task_kernel
def copy_rows(task, strings: integers(1), lengths: integers(1), rows: bytes_(2), per_task: int):
    """For some strings; zeros after those that are shorter than a row."""
    width = rows.shape[1]
    for i in range(task * per_task, min(len(rows), (task + 1) * per_task)):
        count = min(lengths[i], width)
        copy_bytes(address(rows, i * width), strings[i], count)
        for j in range(count, width):
            rows[i, j] = 0
